// Times and sizes as a person writes them, a number and a unit. In the JSON Schema `title` is the name of the kind in
// docs/configuration.md, `$comment` the range.

import { z } from 'zod'
import type { Milliseconds } from '../../time.ts'

export const second: Milliseconds = 1000
export const minute: Milliseconds = 60 * second
export const hour: Milliseconds = 60 * minute
export const day: Milliseconds = 24 * hour

type Units = Readonly<Record<string, number>>

const unitMs: Units = { ms: 1, s: second, m: minute, h: hour, d: day }
const unitBytes: Units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** @param text digits and one of the units, as the caller's pattern has made sure. */
function parseAmount(text: string, units: Units): number {
  return Number.parseInt(text, 10) * units[text.replace(/^\d+/, '')]!
}

/** In the largest unit that divides it: 90000 ms are `90s`. */
function writeAmount(amount: number, units: Units): string {
  const [unit, size] = Object.entries(units).findLast(([, size]) => amount % size === 0)!
  return `${amount / size}${unit}`
}

function writeSpan(min: Milliseconds, max: Milliseconds): string {
  return `${min === 0 ? '0s' : writeAmount(min, unitMs)} to ${writeAmount(max, unitMs)}`
}

function writeSizes(min: number, max: number): string {
  return `${min === 0 ? '0B' : writeAmount(min, unitBytes)} to ${writeAmount(max, unitBytes)}`
}

/** `250ms`, `30s`, `5m`, `12h`, `7d`; parses to milliseconds. */
export const duration = (min: Milliseconds, max: Milliseconds) =>
  z
    .string()
    .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'expected a duration such as 250ms, 30s, 5m, 12h or 7d')
    .transform((text): Milliseconds => parseAmount(text, unitMs))
    .refine((ms) => ms >= min && ms <= max, {
      error: `expected a duration from ${writeSpan(min, max)}`,
    })
    .meta({ title: 'duration', $comment: writeSpan(min, max) })

const namedPeriods: Units = { second, minute, hour, day }

/** `second`, `minute`, `hour`, `day`, or whole seconds and more as a duration; parses to milliseconds. */
export const period = (min: Milliseconds, max: Milliseconds) =>
  z
    .string()
    .regex(
      /^(second|minute|hour|day|\d{1,9}[smhd])$/,
      'expected second, minute, hour, day or a duration such as 90s',
    )
    .transform((text): Milliseconds => namedPeriods[text] ?? parseAmount(text, unitMs))
    .refine((ms) => ms >= min && ms <= max, {
      error: `expected a period from ${writeSpan(min, max)}`,
    })
    .meta({ title: 'second, minute, hour, day or duration', $comment: writeSpan(min, max) })

/** `second`, `minute`, `hour`, `day`, else as a duration: `90s`. */
export function writePeriod(ms: Milliseconds): string {
  const named = Object.entries(namedPeriods).find(([, size]) => size === ms)
  return named?.[0] ?? writeAmount(ms, unitMs)
}

/** `512B`, `16KiB`, `10MiB`; parses to bytes. */
export const byteSize = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}(B|KiB|MiB|GiB)$/, 'expected a size such as 512B, 16KiB or 10MiB')
    .transform((text): number => parseAmount(text, unitBytes))
    .refine((bytes) => bytes >= min && bytes <= max, {
      error: `expected a size from ${writeSizes(min, max)}`,
    })
    .meta({ title: 'size', $comment: writeSizes(min, max) })
