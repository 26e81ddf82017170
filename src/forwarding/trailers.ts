// Trailer fields of an upstream's answer. What would change the framing, the routing or the meaning of content
// that has been sent already is dropped.

import { isHopByHop } from '../http/fields.ts'

/** RFC 9110 §6.5.1: not in trailers. */
const forbidden: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expect',
  'expires',
  'host',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'warning',
  'www-authenticate',
])

/** Name and value pairs, as node:http takes them. */
export function toClientTrailers(raw: readonly string[]): [string, string][] {
  const trailers: [string, string][] = []
  for (let at = 0; at < raw.length; at += 2) {
    const lowerName = raw[at]!.toLowerCase()
    if (!forbidden.has(lowerName) && !isHopByHop(lowerName)) trailers.push([raw[at]!, raw[at + 1]!])
  }
  return trailers
}
