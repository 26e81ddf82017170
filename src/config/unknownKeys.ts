import type { z } from 'zod'

/** A copy of `data` without the keys that the schema did not know. */
export function withoutUnknownKeys(data: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(data)
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue
    const parent = issue.path.reduce<unknown>(stepInto, copy)
    if (!isObject(parent)) continue
    for (const key of issue.keys) Reflect.deleteProperty(parent, key)
  }
  return copy
}

function stepInto(value: unknown, step: PropertyKey): unknown {
  return isObject(value) ? Reflect.get(value, step) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
