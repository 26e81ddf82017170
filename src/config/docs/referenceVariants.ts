// A mapping whose `type` decides which settings it has, as the reference lists it: every setting once, each with
// the types that have it.

import { toNode, type SettingNode } from '../schema/jsonSchema.ts'

/** One mapping with the settings of all variants. */
export function mergeVariants(variants: readonly (SettingNode | boolean)[]): SettingNode {
  const nodes = variants.map(toNode).filter((node) => node !== undefined)
  const names = new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))
  const merged = [...names].map((name): [string, SettingNode] => [
    name,
    name === 'type' ? mergeTypes(nodes) : mergeSetting(name, nodes),
  ])
  const required = [...names].filter((name) =>
    nodes.every(({ properties, required = [] }) => !properties?.[name] || required.includes(name)),
  )
  return { properties: Object.fromEntries(merged), required }
}

function mergeTypes(variants: readonly SettingNode[]): SettingNode {
  const types = variants.map(typeOf)
  const meanings = types.map(
    ({ const: name, description }) => `\`${String(name)}\`: ${description}`,
  )
  return { enum: types.map(({ const: name }) => name ?? null), description: meanings.join(' ') }
}

function mergeSetting(name: string, variants: readonly SettingNode[]): SettingNode {
  const having = variants.filter(({ properties }) => properties?.[name] !== undefined)
  const setting = toNode(having[0]?.properties?.[name]) ?? {}
  const types = having.map((variant) => `\`${String(typeOf(variant).const)}\``)
  return { ...setting, description: `For ${types.join(' and ')}. ${setting.description}` }
}

function typeOf({ properties }: SettingNode): SettingNode {
  return toNode(properties?.['type']) ?? {}
}
