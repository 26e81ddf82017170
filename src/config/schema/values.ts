// The small values that settings are made of: durations, sizes, addresses, URLs, secrets.
// Each parses to what the code needs and prints in the JSON Schema as what a person writes; its `title` there
// is the name of the kind in docs/configuration.md, its `$comment` the range.

import { METHODS } from 'node:http'
import { z } from 'zod'
import type { Milliseconds } from '../../time.ts'

type Units = Readonly<Record<string, number>>

const unitMs: Units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
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

const namedPeriods: Units = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

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

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `0.0.0.0:8080`, `[::1]:8080`, `localhost:8080`. Port 0 takes a free one. */
export const listenAddress = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
    'expected host:port, such as 0.0.0.0:8080',
  )
  .transform((text): ListenAddress => {
    const colon = text.lastIndexOf(':')
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    }
  })
  .refine((address) => address.port <= 65_535, { error: 'expected a port of at most 65535' })
  .meta({ title: 'host:port' })

/** As a file writes it. */
export function writeAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  )
}

/** An http(s) URL with nothing behind the port; parses to its origin, `https://app.example.com`. */
export const originUrl = z
  .string()
  .refine(isOrigin, {
    error:
      'expected an http(s) URL without path, query or credentials, such as https://app.example.com',
  })
  .transform((text) => new URL(text).origin)
  .meta({ title: 'http(s) URL' })

/** RFC 9728 §1.2. Without escapes, so that a path has one spelling. */
function isResource(text: string): boolean {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  return isHttp && (text === url.href || `${text}/` === url.href) && isPlainPath(url)
}

function isPlainPath({ origin, href, pathname }: URL): boolean {
  const path = pathname === '/' ? '/x' : pathname
  return href === origin + pathname && /^(\/[A-Za-z0-9._~-]+)+$/.test(path)
}

/** `https://api.example.com`, or with a path behind it. */
export const resourceUrl = z
  .string()
  .refine(isResource, {
    error: 'expected an http(s) URL without query, such as https://api.example.com/invoices',
  })
  .meta({ title: 'http(s) URL' })

/** A secret as the file names it: written out, or where to find it. `config/secrets.ts` resolves it. */
export type SecretReference = string | { readonly env: string } | { readonly file: string }

export const secret = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable'),
      }),
      z.strictObject({ file: z.string().min(1) }),
    ],
    { error: 'expected the value itself, { env: NAME } or { file: PATH }' },
  )
  .meta({ title: 'secret' })

/** A field name of RFC 9110 §5.1. */
export const fieldName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'expected a header field name')
  .meta({ title: 'header name' })

/** A method of RFC 9110 §9.1, as clients write it. */
export const methodName = z
  .string()
  .regex(/^[A-Z-]+$/, { error: 'expected a method in capitals, such as GET', abort: true })
  // Because a method that Node does not know is answered before there is a request.
  .refine((name) => METHODS.includes(name), { error: 'expected a method of HTTP, such as GET' })
  .meta({ title: 'method' })

/** A word that names a provider or an upstream. */
export const identifier = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'expected lower-case letters, digits, - and _, starting with a letter or digit',
  )
  .meta({ title: 'name' })

/** A file that is read at start; relative names are looked up beside the configuration file. */
export const filePath = z.string().min(1).meta({ title: 'file' })
