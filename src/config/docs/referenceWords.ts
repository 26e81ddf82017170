// How the reference page names what a setting takes, and what it is without being set.

import { findReferredName, toNode, type SettingNode } from '../schema/jsonSchema.ts'

/** `duration`, `list: name`, `cookie`, `memory`, `redis` … */
export function describeKind(node: SettingNode): string {
  const name = node.title ?? findReferredName(node)
  if (name !== undefined) return withRange(name, node)
  if (node.enum !== undefined) return node.enum.map(writeValue).join(', ')
  if (node.const !== undefined) return writeValue(node.const)
  if (node.type === 'array') return `list: ${describeItems(node)}`
  if (node.type === 'object') return describeMapping(node)
  if (node.oneOf !== undefined) return 'mapping'
  return { string: 'text', boolean: 'true, false' }[String(node.type)] ?? describeNumber(node)
}

function withRange(name: string, { $comment: range }: SettingNode): string {
  return range === undefined ? name : `${name}, ${range}`
}

function describeItems(node: SettingNode): string {
  const item = Array.isArray(node.items) ? undefined : toNode(node.items)
  if (item === undefined || item.properties !== undefined) return 'mappings'
  return describeKind(item)
}

function describeMapping(node: SettingNode): string {
  const value = toNode(node.additionalProperties)
  if (value === undefined) return 'mapping'
  const name = toNode(node.propertyNames)
  const names = name === undefined ? 'name' : describeKind(name)
  return `mapping: ${names} to ${value.properties === undefined ? describeKind(value) : 'mapping'}`
}

function describeNumber({ minimum, maximum }: SettingNode): string {
  return `whole number, ${minimum} to ${maximum}`
}

/** A default that depends on other settings closes the description, in words: it goes where the others are. */
export function describeMeaning(node: SettingNode): { description: string; defaultValue: string } {
  const description = node.description ?? ''
  const fixed = describeDefault(node)
  const [, meaning, dependent] = /^(.+) Default: (.+)\.$/s.exec(description) ?? []
  if (meaning === undefined || dependent === undefined || fixed !== '') {
    return { description, defaultValue: fixed }
  }
  return { description: meaning, defaultValue: dependent }
}

/** As it would stand in the file; empty for groups, whose members say it themselves. */
function describeDefault(node: SettingNode): string {
  const value: unknown = node.default
  if (value === undefined || node.properties !== undefined) return ''
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``
  if (typeof value !== 'object' || value === null) return writeValue(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${String(member)}`)
  return members.length === 0 ? '`{}`' : `\`{ ${members.join(', ')} }\``
}

function writeValue(value: unknown): string {
  return `\`${String(value)}\``
}
