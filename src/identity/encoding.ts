// Claim values as field values: visible ASCII as it is, everything else percent-encoded UTF-8, so that two
// different values never look the same. Runs once per principal, not per request.

import type { ClaimValue } from '../sessions/session.ts'

/** One value that is no list. A space stays where it stands alone between other characters. */
export function encodeText(text: string, separator = ''): string {
  let encoded = ''
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at)!
    if (isPlain(text, at, separator)) encoded += text[at]
    else encoded += percentEncode(code)
    if (code > 0xffff) at += 1
  }
  return encoded
}

function isPlain(text: string, at: number, separator: string): boolean {
  const character = text[at]!
  if (character === ' ') return at > 0 && at < text.length - 1 && text[at - 1] !== ' '
  return character > ' ' && character < '\x7f' && character !== '%' && character !== separator
}

/**
 * UTF-8, and for half a surrogate pair the three bytes that it would have.
 *
 * Threat: TextEncoder writes every such half as U+FFFD, so that two different names would be one.
 */
function percentEncode(code: number): string {
  if (code < 0x80) return escapeByte(code)
  const last = escapeByte(0x80 | (code & 0x3f))
  if (code < 0x800) return escapeByte(0xc0 | (code >> 6)) + last
  const middle = escapeByte(0x80 | ((code >> 6) & 0x3f)) + last
  if (code < 0x1_0000) return escapeByte(0xe0 | (code >> 12)) + middle
  return escapeByte(0xf0 | (code >> 18)) + escapeByte(0x80 | ((code >> 12) & 0x3f)) + middle
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

/** Entries that say nothing are left out; the separator inside an entry is encoded. */
export function encodeList(values: readonly ClaimValue[], separator: string): string {
  return values
    .map((value) => encodeText(toText(value), separator))
    .filter((entry) => entry !== '')
    .join(separator)
}

/**
 * Undefined for what says nothing: null, an empty text, an empty list. With a separator the field is a list,
 * and a single value a list of one.
 */
export function encodeClaim(value: ClaimValue, separator: string | undefined): string | undefined {
  const encoded =
    isList(value) || separator !== undefined
      ? encodeList(isList(value) ? value : [value], separator ?? ',')
      : encodeText(toText(value))
  return encoded === '' ? undefined : encoded
}

function isList(value: ClaimValue): value is readonly ClaimValue[] {
  return Array.isArray(value)
}

function toText(value: ClaimValue): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
