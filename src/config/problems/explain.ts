// What the schema refused, in sentences: what was expected, what was found, what was probably meant.

import type { z } from 'zod'
import { describeExpected, describeFound, listAllowed } from './describe.ts'
import { findSetting, knownKeys } from '../schema/jsonSchema.ts'
import { didYouMean, findNearest } from './nearest.ts'
import type { Finding, SettingPath } from './problem.ts'
import { suggestByKind, suggestOneOf } from './suggest.ts'

type Issue = z.core.$ZodIssue

/** All that the schema found wrong with `data`. */
export function explainIssues(issues: readonly Issue[], data: unknown): Finding[] {
  const unknownParents = new Set(
    issues.filter((issue) => issue.code === 'unrecognized_keys').map(({ path }) => path.join('\0')),
  )
  return issues
    .filter((issue) => issue.code !== 'custom' || !unknownParents.has(issue.path.join('\0')))
    .flatMap((issue) => explainIssue(issue, toSettingPath(issue.path), data))
}

function toSettingPath(path: readonly PropertyKey[]): SettingPath {
  return path.map((step) => (typeof step === 'symbol' ? String(step) : step))
}

function explainIssue(issue: Issue, path: SettingPath, data: unknown): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => explainUnknownKey(path, key))
    case 'invalid_union':
      return explainUnion(issue, path, data)
    case 'invalid_key':
      return [explainKey(issue, path)]
    default:
      return [explainValue(issue, path, data)]
  }
}

function explainUnknownKey(parent: SettingPath, key: string): Finding {
  const known = knownKeys(findSetting(parent))
  const nearest = findNearest(key, known)
  const advice = nearest === undefined ? `. Known here: ${known.join(', ')}.` : didYouMean(nearest)
  return { path: [...parent, key], message: `unknown setting${advice}`, pointsAt: 'key' }
}

/** The one option that the value has the type of speaks for itself; else the union speaks for all. */
function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: SettingPath,
  data: unknown,
): Finding[] {
  if (listAllowed(issue).length > 0) return [explainValue(issue, path, data)]
  const near = issue.errors.filter(
    (option) => !option.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  const [only] = near
  if (near.length !== 1 || only === undefined) return [explainValue(issue, path, data)]
  return only.flatMap((inner) => explainIssue(inner, [...path, ...toSettingPath(inner.path)], data))
}

function explainKey(issue: z.core.$ZodIssueInvalidKey, path: SettingPath): Finding {
  const key = String(path.at(-1))
  const [reason] = issue.issues
  const expected =
    reason === undefined ? 'expected another name' : describeExpected(reason, undefined)
  const suggestion = suggestByKind('name', key)
  return {
    path,
    message: `${expected}, found ${describeFound(key)}${didYouMean(suggestion)}`,
    pointsAt: 'key',
  }
}

function explainValue(issue: Issue, path: SettingPath, data: unknown): Finding {
  const setting = findSetting(path)
  const expected = describeExpected(issue, setting)
  if (isSecret(path)) return { path, message: `${expected}.` }
  const found = valueAt(data, path)
  if (found === undefined) {
    const why = setting?.description === undefined ? '' : `: ${setting.description}`
    return { path, message: `${expected}, found nothing. It is required${why}` }
  }
  if (issue.code === 'invalid_type' && expected === 'expected text' && isUnquoted(found)) {
    return { path, message: `${expected}, found ${describeFound(found)}. Put it in quotes.` }
  }
  const suggestion = suggestOneOf(listAllowed(issue), found) ?? suggestByKind(setting?.title, found)
  if (expected === 'expected a list') {
    return { path, message: `${expected}, found ${describeFound(found)}.${writeAsList(found)}` }
  }
  return { path, message: `${expected}, found ${describeFound(found)}${didYouMean(suggestion)}` }
}

/** Text that needs no quotes in a list, and shows nothing of a URL's password. */
const plainWords = /^[\w./:*-]+([\s,]+[\w./:*-]+)*$/

function writeAsList(found: unknown): string {
  if (typeof found === 'object' && found !== null)
    return ' Begin each entry with a dash and a space.'
  if (typeof found !== 'string' || !plainWords.test(found)) return ''
  return ` Did you mean [${found.split(/[\s,]+/).join(', ')}]?`
}

function isUnquoted(found: unknown): boolean {
  return typeof found === 'number' || typeof found === 'boolean'
}

// Threat: the log of a failed start is read by many; no value of these ever goes there.
function isSecret(path: SettingPath): boolean {
  return path.some((step) => step === 'clientSecret' || step === 'password' || step === 'keys')
}

function valueAt(data: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? Reflect.get(value, step)
        : undefined,
    data,
  )
}
