// The schema, applied setting by setting: what is wrong in one place does not keep the rest of the file from
// being judged further. Knows nothing of any single setting; the schema says what there is.

import { z } from 'zod'
import { explainIssues } from './problems/explain.ts'
import type { Finding, SettingPath } from './problems/problem.ts'
import { UnreadableSetting } from './readable.ts'
import { configSchema, type UnresolvedConfig } from './schema.ts'
import { findParts, type Part } from './schema/schemaParts.ts'

type Issue = z.core.$ZodIssue

export interface Validated {
  /** With findings, some of its settings throw `UnreadableSetting`. */
  readonly config: UnresolvedConfig
  readonly findings: readonly Finding[]
}

export function validate(data: unknown): Validated {
  const { read, issues } = readSetting({ schema: configSchema, data }, [])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each setting in it is what its own schema gave, or throws
  return { config: read() as UnresolvedConfig, findings: explainIssues(issues, data) }
}

interface Reading {
  /** @throws UnreadableSetting */
  readonly read: () => unknown
  readonly issues: readonly Issue[]
}

function readSetting({ schema, data }: Omit<Part, 'step'>, path: SettingPath): Reading {
  if (schema === undefined) return { read: () => fail(path), issues: [] }
  const result = z.safeParse(schema, data)
  if (result.success) return { read: () => result.data, issues: [] }
  const issues = result.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }))
  const parts = findParts(schema, data, result.error.issues)
  if (parts === undefined) return { read: () => fail(path), issues }
  return readParts(parts, path, { list: Array.isArray(data), issues })
}

/** What can be read of a mapping or list that has `issues`. */
function readParts(
  parts: readonly Part[],
  path: SettingPath,
  whole: { readonly list: boolean; readonly issues: readonly Issue[] },
): Reading {
  const contents = whole.list ? [] : {}
  const issues: Issue[] = []
  const judged = new Set<PropertyKey>()
  for (const part of parts) {
    const reading = readSetting(part, [...path, part.step])
    Object.defineProperty(contents, part.step, { get: reading.read, enumerable: true })
    issues.push(...reading.issues)
    if (reading.issues.length > 0 || part.schema === undefined) judged.add(part.step)
  }
  const isOwn = ({ code, path: at }: Issue): boolean =>
    (code === 'invalid_key' && at.length === path.length + 1) || !judged.has(at[path.length] ?? '')
  return { read: () => contents, issues: [...whole.issues.filter(isOwn), ...issues] }
}

function fail(path: SettingPath): never {
  throw new UnreadableSetting(path)
}
