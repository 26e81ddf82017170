import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCertificate } from '../../../src/listener/certificateField.ts'
import {
  createAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../../support/certificates.ts'

let authority: TestAuthority
let alice: TestCertificate
let base64: string

beforeAll(() => {
  authority = createAuthority()
  alice = authority.sign('alice')
  base64 = alice.der.toString('base64')
})
afterAll(() => authority[Symbol.dispose]())

/** As nginx does: letters, digits and `-._~` stay. */
const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)

test('RFC 9440 2.1: a byte sequence is the certificate', () => {
  expect(parseCertificate(`:${base64}:`, 'rfc9440')).toEqual(alice.der)
})

test.each([
  ['with line feeds', '\n'],
  ['with carriage returns', '\r\n'],
])('a certificate as nginx escapes it, %s, is the certificate', (_, lineEnd) => {
  const pem = alice.pair.cert.replaceAll('\n', lineEnd)
  expect(parseCertificate(escape(pem), 'escaped-pem')).toEqual(alice.der)
  expect(parseCertificate(escape(pem.trimEnd()), 'escaped-pem')).toEqual(alice.der)
})

describe('is no certificate:', () => {
  test.each([
    ['base64 without colons', () => base64],
    ['nothing between colons', () => '::'],
    ['a byte sequence with parameters', () => `:${base64}:;a=1`],
    ['two byte sequences', () => `:${base64}:, :${base64}:`],
    ['spaces inside', () => `:${base64.slice(0, 8)} ${base64.slice(8)}:`],
    ['padding that is missing or too much', () => `:${base64.replace(/=*$/, '')}===:`],
    ['base64url', () => `:${'-_'.repeat(8)}:`],
    ['bits behind the end', () => ':AB==:'],
    ['a PEM', () => escape(alice.pair.cert)],
  ])('%s', (_, write) => {
    expect(parseCertificate(write(), 'rfc9440')).toBeUndefined()
  })

  test.each([
    ['a PEM that is not escaped', () => base64],
    ['two certificates', () => escape(alice.pair.cert + alice.pair.cert)],
    ['a key', () => escape(alice.pair.key)],
    ['text before it', () => escape(`x\n${alice.pair.cert}`)],
    ['text behind it', () => escape(`${alice.pair.cert}x`)],
    ['escapes that are broken', () => `${escape(alice.pair.cert)}%`],
    ['a byte sequence', () => `:${base64}:`],
  ])('%s, where nginx speaks', (_, write) => {
    expect(parseCertificate(write(), 'escaped-pem')).toBeUndefined()
  })
})
