import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodings } from '../../../src/config/schema/identityHeader.ts'
import { encodeText } from '../../../src/identity/encoding.ts'
import { compileHeaderValue } from '../../../src/identity/headerValue.ts'
import { decodeText } from './decoding.ts'

const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
})
const awkward = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', ' ', ',', '%', '^', '"', "'", '2', 'C', '\r', '\n', '\0', '\t', '\x7f'),
    fc.constantFrom('\x85', 'é', '\xa0', '王', '😀', '\ud800', '\udc00', '\ufffd'),
  ),
})
const text = fc.oneof(anyText, awkward)
const something = text.filter((value) => value !== '')
const separators = [',', '^', ';', '|', ' ', ', ', '.', '~', '+', '\\'] as const

/** Bytes that node:http and undici write as they are: no control, and no space at either end. */
const fit = /^[!-~\x80-\xff](?:[ -~\x80-\xff]*[!-~\x80-\xff])?$/

describe.each(encodings)('in the encoding %s', (encoding) => {
  test('a value can be read back, so that two different values never look the same', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(decodeText(encodeText(value, encoding), encoding)).toBe(value)
      }),
    )
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(encodeText(one, encoding) === encodeText(other, encoding)).toBe(one === other)
      }),
    )
  })

  test('nothing that a claim holds can end or break the field', () => {
    fc.assert(
      fc.property(something, (value) => {
        const encoded = encodeText(value, encoding)
        expect(encoded).toMatch(fit)
        if (encoding !== 'utf-8') expect(encoded).toMatch(/^[!-~]( ?[!-~])*$/)
      }),
    )
  })

  test.each(separators)('a list joined by "%s" can be read back entry by entry', (separator) => {
    const entries = fc.array(something, { minLength: 1 })
    fc.assert(
      fc.property(entries, fc.boolean(), (list, quoted) => {
        const write = compileHeaderValue({ claim: 'groups', separator, quoted, encoding })
        const encoded = write(() => list)!
        expect(encoded).toMatch(fit)
        const read = encoded
          .split(separator)
          .map((entry) => (quoted ? entry.replace(/^"([^"]*)"$/, '$1') : entry))
        expect(read.map((entry) => decodeText(entry, encoding))).toEqual(list)
      }),
    )
  })

  test('a template with any text of the operator and any claim can be read back', () => {
    const literal = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(literal, something, (prefix, claim) => {
        const write = compileHeaderValue({ claim: 'name', prefix, encoding })
        expect(
          decodeText(
            write(() => claim)!,
            encoding,
          ),
        ).toBe(prefix + claim)
      }),
    )
  })
})

test.each([
  ['percent', 'José', 'Jos%C3%A9'],
  ['percent', 'Ada Lovelace', 'Ada Lovelace'],
  ['percent', ' Ada  L ', '%20Ada %20L%20'],
  ['percent', '100%', '100%25'],
  ['percent', '😀', '%F0%9F%98%80'],
  ['percent', 'a\r\nX-Forwarded-User: root', 'a%0D%0AX-Forwarded-User: root'],
  ['rfc8187', 'José', "UTF-8''Jos%C3%A9"],
  ['rfc8187', 'ada', "UTF-8''ada"],
  ['rfc8187', "UTF-8''ada", "UTF-8''UTF-8%27%27ada"],
  ['rfc8187', '£ and € rates', "UTF-8''%C2%A3%20and%20%E2%82%AC%20rates"],
  ['base64url', 'José', 'Sm9zw6k'],
  ['base64url', 'subjects?_d=1>>', 'c3ViamVjdHM_X2Q9MT4-'],
  ['utf-8', 'José', 'Jos\xc3\xa9'],
  ['utf-8', '100% Łukasz', '100%25 \xc5\x81ukasz'],
  ['utf-8', 'a\r\nb\0c\x85d', 'a%0D%0Ab%00c%C2%85d'],
] as const)('%s writes %j as %j', (encoding, value, expected) => {
  expect(encodeText(value, encoding)).toBe(expected)
})
