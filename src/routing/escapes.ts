// Paths with percent-encoding or parameters: what they mean to a server that decodes once, twice or too
// kindly. Refuses what is never a path; reports what a route may allow. Runs only for such paths.

import type { Allowance } from '../config/schema/route.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { decodeFully, hexValue, type DecodedByte } from './decoding.ts'
import { findInvalidUtf8 } from './utf8.ts'

/** A spelling that is 400 unless the route allows it by name, with its first offset in the path. */
export interface Ambiguity {
  readonly allowance: Allowance
  readonly offset: number
}

export interface JudgedEscapes {
  readonly judgedPath: string
  /** The first of each kind. */
  readonly ambiguities: readonly Ambiguity[]
}

const slash = 0x2f
const dot = 0x2e
const percent = 0x25
const semicolon = 0x3b
const backslash = 0x5c

const endsOfName: Readonly<Record<number, Allowance>> = {
  0x23: 'encoded-hash',
  0x3b: 'semicolon',
  0x3f: 'encoded-question-mark',
}

/** @throws GatewayError `target_ambiguous` */
export function judgeEscapes(path: string): JudgedEscapes {
  const judgedPath = toJudgedPath(path)
  const bytes = decodeFully(path)
  checkSegments(bytes)
  const first = new Map<Allowance, number>()
  for (const byte of bytes) noteAmbiguities(byte, first)
  const invalid = findInvalidUtf8(bytes)
  if (invalid !== undefined) first.set('non-utf8', invalid)
  return {
    judgedPath,
    ambiguities: Array.from(first, ([allowance, offset]) => ({ allowance, offset })),
  }
}

/**
 * The path in one spelling: escapes of visible ASCII decoded, others with capital digits (RFC 3986 §6.2.2).
 * Threat: were `/%61dmin`, `/%40me` or `/caf%c3%a9` not judged as `/admin`, `/@me` and `/caf%C3%A9`, which the
 * upstream takes them for, they would walk round the route of that name.
 */
function toJudgedPath(path: string): string {
  let judged = ''
  let copied = 0
  for (let at = path.indexOf('%'); at !== -1; at = path.indexOf('%', at + 1)) {
    const high = hexValue(path.charCodeAt(at + 1))
    const low = hexValue(path.charCodeAt(at + 2))
    if (high < 0 || low < 0) throw refusal('malformed escape', at)
    const value = high * 16 + low
    judged += path.slice(copied, at)
    judged += isJudgedDecoded(value)
      ? String.fromCharCode(value)
      : path.slice(at, at + 3).toUpperCase()
    copied = at + 3
  }
  return judged + path.slice(copied)
}

function isJudgedDecoded(value: number): boolean {
  if (value <= 0x20 || value >= 0x7f || value === slash || value === percent) return false
  return value !== backslash && endsOfName[value] === undefined
}

/**
 * Threat: `/a/..%2f`, `/..;x/`, `/%252e%252e/` climb for a server that decodes, strips parameters, or both.
 * So a slash of any spelling ends a segment here, and the first `;`, `?` or `#` of any spelling its name.
 */
function checkSegments(bytes: readonly DecodedByte[]): void {
  let start = 1
  for (let at = 1; at <= bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte !== undefined && byte.value !== slash) {
      checkByte(byte)
      continue
    }
    checkName(bytes, start, at)
    start = at + 1
  }
}

function checkByte({ value, depth, offset }: DecodedByte): void {
  if (depth === 0) return
  if (value < 0x20 || value === 0x7f) throw refusal('encoded control character', offset)
  if (value === backslash) throw refusal('encoded backslash', offset)
}

function checkName(bytes: readonly DecodedByte[], start: number, end: number): void {
  let nameEnd = start
  while (nameEnd < end && endsOfName[bytes[nameEnd]!.value] === undefined) nameEnd += 1
  const length = nameEnd - start
  if (length === 0 && end < bytes.length && bytes[nameEnd]!.value === semicolon) {
    throw refusal('segment of parameters alone', bytes[start]!.offset)
  }
  if (length !== 1 && length !== 2) return
  if (bytes[start]!.value === dot && bytes[nameEnd - 1]!.value === dot) {
    throw refusal('dot segment', bytes[start]!.offset)
  }
}

function noteAmbiguities(
  { value, depth, offset }: DecodedByte,
  first: Map<Allowance, number>,
): void {
  if (depth > 1) note(first, 'double-encoding', offset)
  if (value === slash && depth > 0) note(first, 'encoded-slash', offset)
  const allowance = endsOfName[value]
  if (allowance !== undefined) note(first, allowance, offset)
}

function note(first: Map<Allowance, number>, allowance: Allowance, offset: number): void {
  if (!first.has(allowance)) first.set(allowance, offset)
}

function refusal(what: string, offset: number): GatewayError {
  return new GatewayError('target_ambiguous', `${what} at offset ${offset} of the target`)
}
