import { generateKeyPairSync } from 'node:crypto'
import { exportJWK } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { IssuerUnavailable } from '../../../../src/oidc/issuer/faults.ts'
import { createIssuerFetch } from '../../../../src/oidc/issuer/issuerFetch.ts'
import { createIssuerKeys, type IssuerKeys } from '../../../../src/oidc/issuer/keys.ts'
import { html, json } from '../../../support/rogueAnswers.ts'
import {
  createSigningKey,
  startRogueIssuer,
  type RogueIssuer,
  type SigningKey,
} from '../../../support/rogueIssuer.ts'
import { createRecordedLog, createTurnableClock, type TurnableClock } from '../oidcWorld.ts'

let rogue: RogueIssuer
let clock: TurnableClock
let keys: IssuerKeys

beforeEach(async () => {
  rogue = await startRogueIssuer()
  clock = createTurnableClock()
  keys = createIssuerKeys({
    issuer: rogue.issuer,
    jwksUri: () => `${rogue.issuer}/jwks`,
    fetch: createIssuerFetch({ allowHttp: true }),
    clock,
    log: createRecordedLog(),
  })
})
afterEach(() => rogue.stop())

async function findKids(alg: string, kid?: string): Promise<(string | undefined)[]> {
  return (await keys.find({ alg, kid })).map((key) => key.kid)
}

const hint = (key: SigningKey): [string, string] => [key.alg, key.kid]

async function rotate(): Promise<SigningKey> {
  const key = await createSigningKey()
  rogue.jwks = [key.publicJwk]
  return key
}

const rsa = (bits: number): object =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' })
const ones = (bytes: number): string => Buffer.alloc(bytes, 0xff).toString('base64url')
const good = (): object => rogue.key.publicJwk

describe('entries that cannot be used are passed over, and the others still work', () => {
  test.each<[string, () => unknown]>([
    ['of another use', () => ({ ...good(), kid: 'odd', use: 'enc' })],
    ['that may not verify', () => ({ ...good(), kid: 'odd', key_ops: ['encrypt'] })],
    ['of another algorithm', () => ({ ...good(), kid: 'odd', alg: 'ES384' })],
    ['of another type', () => ({ ...rsa(2048), kid: 'odd', alg: 'ES256' })],
    ['of another curve', () => ({ ...good(), kid: 'odd', crv: 'secp256k1' })],
    ['RSA of 1,024 bits', () => ({ ...rsa(1024), kid: 'odd' })],
    ['RSA of 16,384 bits', () => ({ ...rsa(2048), kid: 'odd', n: ones(2048) })],
    ['RSA with the exponent 1', () => ({ ...rsa(2048), kid: 'odd', e: 'AQ' })],
    ['RSA with an even exponent', () => ({ ...rsa(2048), kid: 'odd', e: 'AQAA' })],
    ['RSA with an exponent of 64 bits', () => ({ ...rsa(2048), kid: 'odd', e: ones(8) })],
    ['with a point that is not on its curve', () => ({ ...good(), kid: 'odd', x: 'AAAA' })],
    ['with a kid that is a number', () => ({ ...good(), kid: 7 })],
    ['symmetric', () => ({ kty: 'oct', k: 'c2VjcmV0', kid: 'odd', alg: 'ES256' })],
    ['null', () => null],
    ['a string', () => 'key'],
    ['a list', () => [[]]],
    ['empty', () => ({})],
  ])('an entry %s', async (_name, entry) => {
    rogue.jwks = [entry(), good()]
    expect(await findKids(...hint(rogue.key))).toEqual([rogue.key.kid])
    for (const alg of ['ES256', 'ES384', 'RS256']) {
      expect(await findKids(alg, 'odd')).toEqual([])
    }
  })

  test('an entry that carries its private part', async () => {
    const leaked = { ...(await exportJWK(rogue.key.privateKey)), kid: 'odd' }
    rogue.jwks = [leaked, good()]
    expect(await findKids('ES256', 'odd')).toEqual([])
  })

  test('copies of one entry count once', async () => {
    rogue.jwks = [good(), good(), good()]
    expect(await findKids(...hint(rogue.key))).toEqual([rogue.key.kid])
  })

  test('different keys under one kid are all candidates', async () => {
    const other = await createSigningKey()
    rogue.jwks = [good(), { ...other.publicJwk, kid: rogue.key.kid }]
    expect(await findKids(...hint(rogue.key))).toHaveLength(2)
  })

  test('RSA of 2,048 bits is taken for the RSA algorithms alone', async () => {
    rogue.jwks = [{ ...rsa(2048), kid: 'rsa' }]
    expect(await findKids('RS256', 'rsa')).toEqual(['rsa'])
    expect(await findKids('PS512', 'rsa')).toEqual(['rsa'])
    expect(await findKids('ES256', 'rsa')).toEqual([])
    expect(await findKids('HS256', 'rsa')).toEqual([])
    expect(await findKids('none', 'rsa')).toEqual([])
  })

  test('EdDSA and Ed25519 name one algorithm', async () => {
    const key = await createSigningKey('EdDSA')
    rogue.jwks = [key.publicJwk]
    expect(await findKids('Ed25519', key.kid)).toEqual([key.kid])
  })
})

describe('a token without kid', () => {
  test('is tried with the suitable keys, four at the most', async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => createSigningKey()))
    const rsa = await createSigningKey('RS256')
    rogue.jwks = [rsa, rogue.key, ...others].map((key) => key.publicJwk)
    const kids = await findKids('ES256')
    expect(kids).toHaveLength(4)
    expect(kids).not.toContain(rsa.kid)
  })
})

describe('reading again', () => {
  test('keys are read once for many that ask at the same time, and kept', async () => {
    await Promise.all(Array.from({ length: 20 }, () => findKids(...hint(rogue.key))))
    await findKids(...hint(rogue.key))
    expect(rogue.counts.jwks).toBe(1)
  })

  test('a rotation right after the first reading is noticed at once', async () => {
    await findKids(...hint(rogue.key))
    const next = await rotate()
    expect(await findKids(...hint(next))).toEqual([next.kid])
    expect(rogue.counts.jwks).toBe(2)
  })

  test('made-up kids cause one reading in 30 s, however many come', async () => {
    await findKids(...hint(rogue.key))
    for (let each = 0; each < 50; each += 1) await findKids('ES256', `made-up-${each}`)
    await Promise.all(Array.from({ length: 50 }, (_, each) => findKids('ES256', `also-${each}`)))
    expect(rogue.counts.jwks).toBe(2)
    clock.forward(29)
    await findKids('ES256', 'another')
    expect(rogue.counts.jwks).toBe(2)
    clock.forward(2)
    await findKids('ES256', 'another')
    expect(rogue.counts.jwks).toBe(3)
  })

  test('a rotation within those 30 s is noticed when they are over', async () => {
    await findKids('ES256', 'made-up')
    const next = await rotate()
    expect(await findKids(...hint(next))).toEqual([])
    clock.forward(31)
    expect(await findKids(...hint(next))).toEqual([next.kid])
  })

  test('a known kid with another algorithm causes no reading', async () => {
    await findKids(...hint(rogue.key))
    expect(await findKids('RS256', rogue.key.kid)).toEqual([])
    expect(rogue.counts.jwks).toBe(1)
  })

  test('after ten minutes the keys are read again in the background', async () => {
    await findKids(...hint(rogue.key))
    const before = rogue.key
    const next = await rotate()
    clock.forward(601)
    expect(await findKids(...hint(before))).toEqual([before.kid])
    await expect.poll(() => rogue.counts.jwks).toBe(2)
    await expect.poll(() => findKids(...hint(before))).toEqual([])
    expect(await findKids(...hint(next))).toEqual([next.kid])
  })
})

describe('an outage', () => {
  test.each([
    ['a page', html(502)],
    ['a list without a usable key', json(200, { keys: [{}] })],
    ['something else', json(200, { keys: 'none' })],
    ['an OAuth error', json(400, { error: 'invalid_request' })],
  ])('the last good keys stay while the issuer answers %s', async (_name, answer) => {
    await findKids(...hint(rogue.key))
    rogue.answers.jwks = answer
    clock.forward(601)
    await findKids(...hint(rogue.key))
    await expect.poll(() => rogue.counts.jwks).toBe(2)
    expect(await findKids(...hint(rogue.key))).toEqual([rogue.key.kid])
  })

  test('an unknown kid during an outage is the outage, not a verdict on the token', async () => {
    await findKids(...hint(rogue.key))
    const next = await rotate()
    rogue.answers.jwks = html(502)
    await expect(findKids(...hint(next))).rejects.toBeInstanceOf(IssuerUnavailable)
    await expect(findKids(...hint(next))).rejects.toBeInstanceOf(IssuerUnavailable)
    expect(rogue.counts.jwks).toBe(2)
  })

  test('keys that were never read are asked for once a second, and found when they are there', async () => {
    rogue.answers.jwks = html(502)
    for (let each = 0; each < 10; each += 1) {
      await expect(findKids(...hint(rogue.key))).rejects.toBeInstanceOf(IssuerUnavailable)
    }
    expect(rogue.counts.jwks).toBe(1)
    delete rogue.answers.jwks
    clock.forward(1)
    expect(await findKids(...hint(rogue.key))).toEqual([rogue.key.kid])
  })
})
