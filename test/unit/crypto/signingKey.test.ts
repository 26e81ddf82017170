import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, importJWK, jwtVerify, type JWK } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  generateSigningJwk,
  parseSigningKey,
  type SigningKey,
} from '../../../src/crypto/signingKey.ts'

const pem = { format: 'pem', type: 'pkcs8' } as const
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const p256 = curve('P-256')

function parse(text: string): SigningKey {
  const parsed = parseSigningKey(text)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return parsed.key
}

function faultOf(text: string): string | undefined {
  const parsed = parseSigningKey(text)
  return 'fault' in parsed ? parsed.fault : undefined
}

describe('a private key signs JWTs that others verify with its public part', () => {
  test.each([
    ['a generated JWK', generateSigningJwk(), 'ES256'],
    ['P-256 in PKCS #8', p256.export(pem), 'ES256'],
    ['P-256 in SEC 1, as openssl writes it', p256.export({ ...pem, type: 'sec1' }), 'ES256'],
    ['P-256 as a bare JWK', JSON.stringify(p256.export({ format: 'jwk' })), 'ES256'],
    ['Ed25519 in PKCS #8', ed25519.export(pem), 'EdDSA'],
    ['Ed25519 as a JWK', JSON.stringify(ed25519.export({ format: 'jwk' })), 'EdDSA'],
    [
      'Ed25519 by its newer name',
      JSON.stringify({ ...ed25519.export({ format: 'jwk' }), alg: 'Ed25519' }),
      'EdDSA',
    ],
  ])('%s', async (_, text, algorithm) => {
    const key = parse(text)
    const jwt = key.signJwt('some+jwt', { sub: 'Zoë' })
    const publicKey = await importJWK(key.publicJwk as JWK, algorithm)
    const { payload, protectedHeader } = await jwtVerify(jwt, publicKey)
    expect(payload).toEqual({ sub: 'Zoë' })
    expect(protectedHeader).toEqual({ alg: algorithm, kid: key.kid, typ: 'some+jwt' })
    expect(key.kid).toBe(await calculateJwkThumbprint(key.publicJwk as JWK))
    expect(key.publicJwk).toMatchObject({ alg: algorithm, use: 'sig', kid: key.kid })
    expect(key.publicJwk).not.toHaveProperty('d')
  })
})

test('the kid is the thumbprint, whatever the file calls the key', () => {
  const jwk = p256.export({ format: 'jwk' })
  const named = parse(JSON.stringify({ ...jwk, kid: 'main' }))
  expect(named.kid).toBe(parse(JSON.stringify(jwk)).kid)
  expect(named.publicJwk['kid']).toBe(named.kid)
})

describe('what is no such key is refused without a word of what it is', () => {
  const jwk = p256.export({ format: 'jwk' })
  const other = curve('P-256').export({ format: 'jwk' })
  const { d: _, ...publicJwk } = jwk
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const encrypted = { ...pem, cipher: 'aes-256-cbc', passphrase: 'p' }
  test.each([
    ['nothing', '', 'no private key'],
    ['a text', 'a-key-of-32-bytes-that-nobody-else-has-used', 'no private key'],
    ['half a JWK', JSON.stringify(jwk).slice(0, 50), 'no private key'],
    ['a list', JSON.stringify([jwk]), 'no private key'],
    ['a JWK Set', JSON.stringify({ keys: [jwk] }), 'no private key'],
    ['a public JWK', JSON.stringify(publicJwk), 'no private key'],
    ['an encrypted key', p256.export(encrypted), 'no private key'],
    ['another curve', curve('P-384').export(pem), 'another kind'],
    ['RSA', rsa.export(pem), 'another kind'],
    ['a shared secret', JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' }), 'no private key'],
    ['a key for encryption', JSON.stringify({ ...jwk, use: 'enc' }), 'something else'],
    ['a key for another algorithm', JSON.stringify({ ...jwk, alg: 'ECDH-ES' }), 'something else'],
  ])('%s', (_, text, fault) => {
    expect(faultOf(text)).toContain(fault)
  })

  test('a public part that belongs to another key', () => {
    const mixed = { ...jwk, x: other.x, y: other.y }
    expect(faultOf(JSON.stringify(mixed))).toMatch(/public part|no private key/)
  })
})
