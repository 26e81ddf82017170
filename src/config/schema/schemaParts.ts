// What a mapping or a list consists of, by the schema's own account.

import { z } from 'zod'
import { findNearest } from '../problems/nearest.ts'

type Schema = z.core.$ZodType
type Issue = z.core.$ZodIssue

export interface Part {
  readonly step: string | number
  /** Undefined where it cannot be known what the file says here. */
  readonly schema: Schema | undefined
  readonly data: unknown
}

/** The parts of something that has `issues`; undefined for what is only right or wrong as a whole. */
export function findParts(
  schema: Schema,
  data: unknown,
  issues: readonly Issue[],
): Part[] | undefined {
  const kind = unwrap(schema)
  const isRefused = issues.some(
    ({ code, path }) => path.length === 0 && code !== 'unrecognized_keys',
  )
  if (kind instanceof z.ZodObject) return partsOfMapping(kind, isRefused ? undefined : data)
  if (isRefused) return undefined
  if (kind instanceof z.ZodArray && Array.isArray(data)) {
    return data.map((entry: unknown, step) => ({ step, schema: kind.element, data: entry }))
  }
  if (kind instanceof z.ZodRecord && isMapping(data)) {
    return Object.entries(data).map(([step, entry]) => ({
      step,
      schema: kind.valueType,
      data: entry,
    }))
  }
  return undefined
}

function unwrap(schema: Schema): Schema {
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  return isWrapped ? unwrap(schema.unwrap()) : schema
}

/** Every setting that the mapping can have, so that one with a wrong value is not taken for one that is not set. */
function partsOfMapping({ shape }: z.ZodObject, data: unknown): Part[] {
  const meant = isMapping(data) ? findMeant(data, Object.keys(shape)) : undefined
  return Object.entries(shape).map(([step, schema]) => ({
    step,
    schema: meant === undefined || meant.has(step) ? undefined : schema,
    data: isMapping(data) ? data[step] : undefined,
  }))
}

/** The settings that are probably there under names with a slip in them. */
function findMeant(data: Readonly<Record<string, unknown>>, known: readonly string[]): Set<string> {
  const unknown = Object.keys(data).filter((key) => !known.includes(key))
  const meant = unknown.map((key) => findNearest(key, known)).filter((key) => key !== undefined)
  return new Set(meant.filter((key) => !Object.hasOwn(data, key)))
}

function isMapping(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
