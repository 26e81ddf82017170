// Text as field values, in four encodings. In each of them two different texts never look the same, and no
// control character is left: nothing a claim holds can end the field. Runs once per principal, not per request.

import type { Encoding } from '../config/schema/identityHeader.ts'

/**
 * @param reserved characters that separate or enclose values: no encoded text has one of them in it. They are
 *   punctuation or a space, for `base64url` none of its own alphabet.
 */
export function encodeText(text: string, encoding: Encoding = 'percent', reserved = ''): string {
  return encoders[encoding](text, reserved)
}

type Encode = (text: string, reserved: string) => string

const encoders: Readonly<Record<Encoding, Encode>> = {
  percent: (text, reserved) => encodeVisibly(text, reserved, percentEncode),
  'utf-8': (text, reserved) => encodeVisibly(text, reserved, toRawBytes),
  rfc8187: encodeExtended,
  base64url: (text) => Buffer.from(codesOf(text).flatMap(toBytes)).toString('base64url'),
}

/** Visible ASCII but `%`. */
const allPlain = /^[!-$&-~]+$/

/** Visible ASCII as it is, but for `%`. A space stays where it stands alone between other characters. */
function encodeVisibly(text: string, reserved: string, encodeOther: (code: number) => string) {
  // Because most names are, and one search costs a tenth of the loop.
  if (reserved === '' && allPlain.test(text)) return text
  let encoded = ''
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at)!
    if (isPlain(text, at, reserved)) encoded += text[at]
    else encoded += code < 0x80 ? percentEncode(code) : encodeOther(code)
    if (code > 0xffff) at += 1
  }
  return encoded
}

function isPlain(text: string, at: number, reserved: string): boolean {
  const character = text[at]!
  if (reserved.includes(character)) return false
  if (character === ' ') return at > 0 && at < text.length - 1 && text[at - 1] !== ' '
  return character > ' ' && character < '\x7f' && character !== '%'
}

/** What node:http and undici write as these bytes. Controls, and halves of surrogate pairs, have no raw form. */
function toRawBytes(code: number): string {
  const isRaw = code >= 0xa0 && !(code >= 0xd800 && code <= 0xdfff)
  return isRaw ? String.fromCharCode(...toBytes(code)) : percentEncode(code)
}

/** RFC 8187 §3.2.1 `attr-char`. */
const extendedPlain = /^[A-Za-z0-9!#$&+.^_`|~-]$/

/** RFC 8187 §3.2: an `ext-value`, without a language. */
function encodeExtended(text: string, reserved: string): string {
  const encoded = codesOf(text).map((code) => {
    const character = String.fromCodePoint(code)
    const isKept = extendedPlain.test(character) && !reserved.includes(character)
    return isKept ? character : percentEncode(code)
  })
  return `UTF-8''${encoded.join('')}`
}

function codesOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!)
}

function percentEncode(code: number): string {
  return toBytes(code)
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

/**
 * UTF-8, and for half a surrogate pair the three bytes that it would have.
 *
 * Threat: TextEncoder writes every such half as U+FFFD, so that two different names would be one.
 */
function toBytes(code: number): number[] {
  if (code < 0x80) return [code]
  const last = 0x80 | (code & 0x3f)
  if (code < 0x800) return [0xc0 | (code >> 6), last]
  const middle = 0x80 | ((code >> 6) & 0x3f)
  if (code < 0x1_0000) return [0xe0 | (code >> 12), middle, last]
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), middle, last]
}
