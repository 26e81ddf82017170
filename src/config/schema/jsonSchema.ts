// The configuration's JSON Schema: for editors (`postern schema`), and the tree that messages and the
// reference page read names, kinds and descriptions from.

import { z } from 'zod'
import { configSchema } from '../schema.ts'
import type { SettingPath } from '../problems/problem.ts'

export type SettingNode = z.core.JSONSchema.BaseSchema

/** JSON Schema 2020-12 of what a person writes, before defaults. */
export function toConfigJsonSchema(): SettingNode {
  return {
    $id: 'urn:postern:configuration',
    title: 'Postern configuration',
    ...z.toJSONSchema(configSchema, { io: 'input' }),
  }
}

let tree: SettingNode | undefined

/** What the schema says about a setting; undefined for one that it does not know. */
export function findSetting(path: SettingPath): SettingNode | undefined {
  tree ??= toConfigJsonSchema()
  let node: SettingNode | undefined = tree
  for (const step of path) {
    node = node === undefined ? undefined : resolveReference(tree, childOf(node, step))
  }
  return node
}

/** Because rules stand in rules, the schema of one is written once and referred to. */
function resolveReference(
  root: SettingNode,
  node: SettingNode | undefined,
): SettingNode | undefined {
  const name = node === undefined ? undefined : findReferredName(node)
  return name === undefined ? node : { ...toNode(root.$defs?.[name]), ...node }
}

/** `rule` for `#/$defs/rule`. */
export function findReferredName({ $ref }: SettingNode): string | undefined {
  return $ref?.replace('#/$defs/', '')
}

/** The names that a mapping knows; a union's mappings together. */
export function knownKeys(node: SettingNode | undefined): string[] {
  if (node === undefined) return []
  const own = Object.keys(node.properties ?? {})
  const ofOptions = listOptions(node).flatMap((option) => knownKeys(toNode(option)))
  return [...new Set([...own, ...ofOptions])]
}

function childOf(node: SettingNode, step: string | number): SettingNode | undefined {
  if (typeof step === 'number' && node.items !== undefined && !Array.isArray(node.items)) {
    return toNode(node.items)
  }
  const property = node.properties?.[step] ?? node.additionalProperties
  if (property !== undefined && property !== false) return toNode(property)
  for (const option of listOptions(node)) {
    const optionNode = toNode(option)
    const child = optionNode === undefined ? undefined : childOf(optionNode, step)
    if (child !== undefined) return child
  }
  return undefined
}

/** `oneOf` where a `type` tells the options apart. */
function listOptions({ anyOf = [], oneOf = [] }: SettingNode): readonly (SettingNode | boolean)[] {
  return [...anyOf, ...oneOf]
}

/** The node itself; undefined for the `true` and `false` that JSON Schema allows in its place. */
export function toNode(schema: SettingNode | boolean | undefined): SettingNode | undefined {
  return typeof schema === 'object' ? schema : undefined
}
