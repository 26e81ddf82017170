// The words for what a setting wants and for what stands there instead.

import type { z } from 'zod'
import type { SettingNode } from '../schema/jsonSchema.ts'

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

/** `expected …`, without a full stop. */
export function describeExpected(
  issue: z.core.$ZodIssue,
  setting: SettingNode | undefined,
): string {
  if (issue.message.startsWith('expected ')) return issue.message
  const allowed = listAllowed(issue)
  if (allowed.length > 0) return `expected ${joinWithOr(allowed.map((one) => JSON.stringify(one)))}`
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${setting?.title === undefined ? typeName(issue.expected) : withArticle(setting.title)}`
    case 'too_small':
      return `expected at least ${describeAmount(issue.origin, Number(issue.minimum))}`
    case 'too_big':
      return `expected at most ${describeAmount(issue.origin, Number(issue.maximum))}`
    default:
      return 'expected another value'
  }
}

/** The values out of which one has to stand there; none where it is not a matter of choice. */
export function listAllowed(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code !== 'invalid_union' || !('options' in issue)) return []
  return (issue.options ?? []).map(String)
}

function typeName(expected: string): string {
  return typeNames[expected] ?? expected
}

function withArticle(kind: string): string {
  return `${/^([aeiou]|http)/.test(kind) ? 'an' : 'a'} ${kind}`
}

function describeAmount(origin: string, amount: number): string {
  const unit = { string: 'character', array: 'entry' }[origin]
  if (unit === undefined) return String(amount)
  if (amount === 1) return `1 ${unit}`
  return `${amount} ${unit === 'entry' ? 'entries' : 'characters'}`
}

/** `a, b or c` */
export function joinWithOr(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** A value as a message may show it: short, and without what stands before an `@`, where URLs have a password. */
export function describeFound(value: unknown): string {
  if (typeof value === 'string') {
    const shown = value.replace(/^([a-z]+:\/\/)?.*@/s, '$1…@')
    return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 79)}…` : shown)
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping'
}
