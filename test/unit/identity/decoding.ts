// What an application does with a value of each encoding: the other way round, written from the specifications.

import type { Encoding } from '../../../src/config/schema/identityHeader.ts'

export function decodeText(value: string, encoding: Encoding): string {
  switch (encoding) {
    case 'base64url':
      return toText([...Buffer.from(value, 'base64url')])
    case 'rfc8187':
      return toText(unescape(value.replace(/^UTF-8''/, '')))
    default:
      return toText(unescape(value))
  }
}

/** Bytes, those behind a `%` in hexadecimal. */
function unescape(value: string): number[] {
  return [...value.matchAll(/%([0-9A-F]{2})|([^])/g)].map(([, hex, character]) =>
    hex === undefined ? character!.charCodeAt(0) : Number.parseInt(hex, 16),
  )
}

/** UTF-8 to UTF-16 code units, halves of surrogate pairs included, which TextDecoder would not give. */
function toText(bytes: readonly number[]): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    let code = length === 1 ? first : first & (0xff >> (length + 1))
    for (const byte of bytes.slice(at + 1, at + length)) code = (code << 6) | (byte & 0x3f)
    text += String.fromCodePoint(code)
    at += length
  }
  return text
}
