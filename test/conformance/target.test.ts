// Request targets as the specifications have them, one row per requirement.

import { describe, expect, test } from 'vitest'
import { parseTarget } from '../../src/routing/target.ts'

const authority = 'app.example'
const refused = expect.objectContaining({ code: 'target_ambiguous' })

test('RFC 3986 2.1 the digits of an escape are hexadecimal, in either case, and judged alike', () => {
  expect(parseTarget('/%c3%a9').judgedPath).toBe(parseTarget('/%C3%A9').judgedPath)
})

test('RFC 3986 2.1 an escape that is not % and two digits is refused', () => {
  for (const target of ['/%', '/%4', '/%4g', '/%g4', '/a%/b']) {
    expect(() => parseTarget(target)).toThrow(refused)
  }
})

test('RFC 3986 2.3 an escaped unreserved character is equivalent to the character', () => {
  for (const character of 'AZaz09-._~') {
    const escape = `%${character.charCodeAt(0).toString(16)}`
    expect(parseTarget(`/x${escape}`).judgedPath).toBe(`/x${character}`)
  }
})

test('RFC 3986 2.2 a reserved delimiter of the path is never made out of its escape', () => {
  expect(parseTarget('/a%2fb').judgedPath).toBe('/a%2Fb')
  expect(parseTarget('/a%3fb')).toMatchObject({ judgedPath: '/a%3Fb', query: '' })
  expect(parseTarget('/a%23b').judgedPath).toBe('/a%23b')
})

test('RFC 3986 2.4 nothing is decoded twice', () => {
  expect(parseTarget('/%2541').judgedPath).toBe('/%2541')
})

test('RFC 3986 3.3 every character of pchar stands in a path', () => {
  const path = "/AZaz09-._~!$&'()*+,=:@%20"
  expect(parseTarget(path)).toMatchObject({ path, ambiguities: [] })
})

test('RFC 3986 3.3 the path ends at the first question mark', () => {
  expect(parseTarget('/a?b?c/d')).toMatchObject({ path: '/a', query: '?b?c/d' })
})

test('RFC 3986 3.4 a query holds slashes, question marks and dot segments as they are', () => {
  expect(parseTarget('/a?/../b//c/./?').query).toBe('?/../b//c/./?')
})

test('RFC 3986 3.5 a fragment is no part of a request', () => {
  expect(() => parseTarget('/a#b')).toThrow(refused)
  expect(() => parseTarget('/a?b#c')).toThrow(refused)
})

test('RFC 3986 5.2.4 dot segments are refused where others would remove them, in any spelling', () => {
  for (const dots of ['.', '..', '%2e', '%2E%2e', '.%2e', '%252e.']) {
    expect(() => parseTarget(`/a/${dots}`)).toThrow(refused)
    expect(() => parseTarget(`/a/${dots}/b`)).toThrow(refused)
  }
  expect(parseTarget('/.../.a/a./..a').path).toBe('/.../.a/a./..a')
})

test('RFC 3986 6.2.2.1 letters of a path are not folded', () => {
  expect(parseTarget('/A').judgedPath).not.toBe(parseTarget('/a').judgedPath)
})

test('RFC 3629 3 sequences that are not UTF-8 are reported: overlong, surrogate, beyond U+10FFFF, cut', () => {
  for (const escapes of ['%c0%b1', '%e0%9f%bf', '%ed%a0%80', '%f4%90%80%80', '%c3', '%a9']) {
    const kinds = parseTarget(`/${escapes}`).ambiguities.map(({ allowance }) => allowance)
    expect(kinds).toEqual(['non-utf8'])
  }
})

describe('RFC 9112 3.2.1 origin-form', () => {
  test('RFC 9112 3.2.1 an absolute path with an optional query is taken as it came', () => {
    expect(parseTarget('/where?q=now')).toMatchObject({ path: '/where', query: '?q=now' })
  })

  test('RFC 9112 3.2.1 an empty path is refused: a client must send /', () => {
    expect(() => parseTarget('')).toThrow(refused)
    expect(() => parseTarget('?q=now')).toThrow(refused)
  })
})

test('RFC 9112 3.2 white space in a target is refused, not repaired', () => {
  for (const target of ['/a b', '/a\tb', '/a?b c', ' /a', '/a ']) {
    expect(() => parseTarget(target)).toThrow(refused)
  }
})

test('RFC 9112 3.2.2 absolute-form is accepted for the authority that is judged', () => {
  expect(parseTarget('http://app.example/a?b', authority)).toMatchObject({
    path: '/a',
    query: '?b',
  })
})

test('RFC 9112 3.2.2 absolute-form with an empty path is a request for /', () => {
  expect(parseTarget('http://app.example', authority).path).toBe('/')
})

test('RFC 9112 3.2.2 absolute-form for another authority is refused', () => {
  expect(() => parseTarget('http://other.example/', authority)).toThrow(refused)
})

test('RFC 9112 3.2.3 authority-form is refused: there are no tunnels', () => {
  expect(() => parseTarget('app.example:80', authority)).toThrow(refused)
})

test('RFC 9112 3.2.4 asterisk-form is refused: it names no resource that a route could be for', () => {
  expect(() => parseTarget('*', authority)).toThrow(refused)
})
