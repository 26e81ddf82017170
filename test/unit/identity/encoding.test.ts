import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeClaim, encodeList, encodeText } from '../../../src/identity/encoding.ts'

const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
})
const awkward = fc.string({
  unit: fc.constantFrom('a', ' ', ',', '%', '^', '2', 'C', 'é', '\t', '\ud800', '\udc00', '\ufffd'),
})
const text = fc.oneof(anyText, awkward)
const visible = /^[!-~]( ?[!-~])*$/

test('a value can be read back, so that two different values never look the same', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(decode(encodeText(value))).toBe(value)
    }),
  )
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(encodeText(one) === encodeText(other)).toBe(one === other)
    }),
  )
})

test('a value is visible ASCII with single spaces inside', () => {
  fc.assert(
    fc.property(
      text.filter((value) => value !== ''),
      (value) => {
        expect(encodeText(value)).toMatch(visible)
      },
    ),
  )
})

test.each([',', '^'])('a list joined by %s can be read back entry by entry', (separator) => {
  const entries = fc.array(
    text.filter((entry) => entry !== ''),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(entries, (list) => {
      const encoded = encodeList(list, separator)
      expect(encoded).toMatch(visible)
      expect(encoded.split(separator).map(decode)).toEqual(list)
    }),
  )
})

test.each([
  ['Ada Lovelace', 'Ada Lovelace'],
  [' Ada  L ', '%20Ada %20L%20'],
  ['100%', '100%25'],
  ['Łukasz', '%C5%81ukasz'],
  ['王', '%E7%8E%8B'],
  ['😀', '%F0%9F%98%80'],
  ['a\r\nX-Forwarded-User: root', 'a%0D%0AX-Forwarded-User: root'],
  ['a,b', 'a,b'],
  [true, 'true'],
  [0, '0'],
  [1.5, '1.5'],
  [{ a: 'ü' }, '{"a":"%C3%BC"}'],
  [['a,b', 'c', 3, true, null, '', { d: [1, 2] }], 'a%2Cb,c,3,true,{"d":[1%2C2]}'],
])('the claim %j becomes %s', (claim, expected) => {
  expect(encodeClaim(claim, undefined)).toBe(expected)
})

test.each([[null], [''], [[]], [['']], [[null]]])('the claim %j says nothing', (claim) => {
  expect(encodeClaim(claim, undefined)).toBeUndefined()
  expect(encodeClaim(claim, ',')).toBeUndefined()
})

test('a text with a comma is one group, not two', () => {
  expect(encodeClaim('staff,admin', ',')).toBe('staff%2Cadmin')
  expect(encodeClaim('staff^admin', '^')).toBe('staff%5Eadmin')
})

/** Percent-decoding to UTF-16 code units, halves of surrogate pairs included. */
function decode(encoded: string): string {
  return encoded.replaceAll(/(?:%[0-9A-F]{2})+/g, (escapes) => {
    const bytes = [...escapes.matchAll(/%(..)/g)].map(([, hex]) => Number.parseInt(hex!, 16))
    let decoded = ''
    for (let at = 0; at < bytes.length;) {
      const first = bytes[at]!
      const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      let code = length === 1 ? first : first & (0xff >> (length + 1))
      for (const byte of bytes.slice(at + 1, at + length)) code = (code << 6) | (byte & 0x3f)
      decoded += String.fromCodePoint(code)
      at += length
    }
    return decoded
  })
}
