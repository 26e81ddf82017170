import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { isSignedBy, isSignedInTurn } from '../../../src/crypto/verifySignature.ts'

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve })
const ed = () => generateKeyPairSync('ed25519')

const algorithms: readonly (readonly [string, () => Pair])[] = [
  ['RS256', rsa],
  ['RS384', rsa],
  ['RS512', rsa],
  ['PS256', rsa],
  ['PS384', rsa],
  ['PS512', rsa],
  ['ES256', ec('P-256')],
  ['ES384', ec('P-384')],
  ['ES512', ec('P-521')],
  ['EdDSA', ed],
  ['Ed25519', ed],
]

function sign(alg: string, key: KeyObject): Promise<string> {
  const payload = new TextEncoder().encode('{"sub":"robot"}')
  return new CompactSign(payload).setProtectedHeader({ alg }).sign(key)
}

function flipBit(token: string, part: number, byte: number): string {
  const parts = token.split('.')
  const bytes = Buffer.from(parts[part]!, 'base64url')
  bytes[byte]! ^= 1
  parts[part] = bytes.toString('base64url')
  return parts.join('.')
}

describe.each(algorithms)('a signature by %s', (alg, createPair) => {
  const { publicKey, privateKey } = createPair()

  test('counts as the library made it', async () => {
    const token = await sign(alg, privateKey)
    expect(isSignedBy(publicKey, alg, token)).toBe(true)
    await expect(compactVerify(token, publicKey)).resolves.toBeDefined()
  })

  test('counts for nothing else: another payload, header, signature or key', async () => {
    const token = await sign(alg, privateKey)
    const forged = [flipBit(token, 0, 3), flipBit(token, 1, 3), flipBit(token, 2, 3)]
    expect(forged.map((one) => isSignedBy(publicKey, alg, one))).toEqual([false, false, false])
    expect(isSignedBy(createPair().publicKey, alg, token)).toBe(false)
  })

  test('has one spelling and one length', async () => {
    const token = await sign(alg, privateKey)
    const [head, payload, signature] = token.split('.')
    const others = [
      '',
      'AA',
      `${signature}AA`,
      signature!.slice(0, -4),
      `${signature}=`,
      ` ${signature}`,
      `${signature!.slice(0, 5)}\n${signature!.slice(5)}`,
      `${signature!.slice(0, 5)}!${signature!.slice(5)}`,
      'A'.repeat(signature!.length),
      Buffer.from(signature!, 'base64url').toString('hex'),
    ]
    for (const other of others) {
      expect(isSignedBy(publicKey, alg, `${head}.${payload}.${other}`), other).toBe(false)
    }
  })
})

test('an algorithm that is none, or that needs another key, verifies nothing', async () => {
  const { publicKey, privateKey } = rsa()
  const token = await sign('RS256', privateKey)
  for (const alg of ['none', 'HS256', 'rs256', '__proto__', 'constructor', '', 'ES256', 'EdDSA']) {
    expect(isSignedBy(publicKey, alg, token), alg).toBe(false)
  }
  expect(isSignedBy(ec('P-256')().publicKey, 'RS256', token)).toBe(false)
  for (const text of ['', '.', '..', 'a', `.${token.split('.')[2]}`]) {
    expect(isSignedBy(publicKey, 'RS256', text), text).toBe(false)
  }
})

test('a signature of zeros, which some have taken for any, does not count', async () => {
  const { publicKey, privateKey } = ec('P-256')()
  const [head, payload] = (await sign('ES256', privateKey)).split('.')
  const zeros = Buffer.alloc(64).toString('base64url')
  expect(isSignedBy(publicKey, 'ES256', `${head}.${payload}.${zeros}`)).toBe(false)
})

test('the DER form of an ECDSA signature is not taken (RFC 7518 §3.4)', async () => {
  const { publicKey, privateKey } = ec('P-256')()
  const [head, payload] = (await sign('ES256', privateKey)).split('.')
  const { sign: signBytes } = await import('node:crypto')
  const der = signBytes('sha256', Buffer.from(`${head}.${payload}`), privateKey)
  expect(isSignedBy(publicKey, 'ES256', `${head}.${payload}.${der.toString('base64url')}`)).toBe(
    false,
  )
})

test('signatures that are asked for in one turn each get their own answer', async () => {
  const [one, other] = [ec('P-256')(), rsa()]
  const [es, rs] = [await sign('ES256', one.privateKey), await sign('RS256', other.privateKey)]
  const answers = [
    isSignedInTurn(one.publicKey, 'ES256', es),
    isSignedInTurn(other.publicKey, 'RS256', flipBit(rs, 1, 3)),
    isSignedInTurn(other.publicKey, 'RS256', rs),
    isSignedInTurn(one.publicKey, 'ES256', ''),
    isSignedInTurn(one.publicKey, 'none', es),
  ]
  expect(await Promise.all(answers)).toEqual([true, false, true, false, false])
  expect(await isSignedInTurn(one.publicKey, 'ES256', es)).toBe(true)
})
