// A token that is bound to a key, in the hands of somebody who does not have the key, or has one proof of it.

import { createHmac, generateKeyPairSync, KeyObject, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportSPKI } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isSignedBy } from '../../src/crypto/verifySignature.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import { createTurnableClock } from '../support/clock.ts'
import { createProofKey, makeProof, type ProofKey, type ProofTwist } from '../support/dpop.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { signWith, startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, problemOf, until } from '../gateway/steps.ts'

const clock = createTurnableClock()
const now = (): number => Math.floor(clock.now())

let rogue: RogueIssuer
let world: World
let key: ProofKey
let thief: ProofKey
let token: string

beforeAll(async () => {
  rogue = await startRogueIssuer()
  key = await createProofKey()
  thief = await createProofKey()
  const of = (id: string, bearer: object) => ({
    id,
    issuer: rogue.issuer,
    clientId: 'postern',
    clientSecret: 'secret',
    signIn: false,
    bearer: { audiences: [rogueApi], ...bearer },
  })
  const asking = { introspection: { cacheTime: '0s', negativeCacheTime: '0s' } }
  world = await startWorld({
    clock,
    config: {
      providers: [
        of('bound', { dpop: { algorithms: ['ES256', 'RS256'] } }),
        of('required', { dpop: { required: true, algorithms: ['ES256'] } }),
        of('plain', {}),
        of('asked', { validation: 'introspection', dpop: {}, ...asking }),
        of('both', { validation: 'both', dpop: {}, ...asking }),
      ],
    },
    routes: ['bound', 'required', 'plain', 'asked', 'both'].map((id) => ({
      match: { path: `/${id}/**` },
      authenticate: ['bearer' as const],
      providers: [id],
      upstream: 'app',
    })),
  })
})
afterAll(async () => {
  await world.stop()
  await rogue.stop()
})
beforeEach(async () => {
  world.upstream.requests.splice(0)
  rogue.introspection = { active: false }
  token = await makeBound()
})

const makeBound = (cnf: unknown = { jkt: key.jkt }): Promise<string> =>
  makeAccessToken(rogue, { claims: { cnf } })

interface Sending {
  readonly path?: string
  readonly scheme?: string
  readonly token?: string
  readonly method?: string
}

async function send(
  proofs: readonly string[],
  { path = '/bound/x', scheme = 'DPoP', token: sent = token, method = 'GET' }: Sending = {},
): Promise<HttpAnswer> {
  const fields = [
    ['Authorization', `${scheme} ${sent}`],
    ...proofs.map((proof) => ['DPoP', proof]),
  ].flat()
  return world.browser().request(world.publicUrl + path, { method, fields })
}

const prove = (twist: ProofTwist = {}, path = '/bound/x', by = key) =>
  makeProof(
    by,
    { url: world.publicUrl + path, token },
    {
      ...twist,
      claims: { iat: now(), ...twist.claims },
    },
  )

function expectRefused(answer: HttpAnswer, code: string): void {
  expect([answer.status, problemOf(answer).code]).toEqual([401, code])
  expect(answer.headers['www-authenticate']).toContain(`error="${code}"`)
  expect(world.upstream.requests).toEqual([])
}

test('an honest proof passes, so that what follows is refused for its own sake', async () => {
  for (const round of [1, 2]) {
    expect((await send([await prove()])).status).toBe(200)
    expect(world.upstream.requests).toHaveLength(round)
  }
  const seen = fieldsSeenBy(world.upstream.requests[0]!)
  expect(seen['x-forwarded-user']).toBe('service')
  expect(seen).not.toHaveProperty('authorization')
  expect(seen).not.toHaveProperty('dpop')
})

describe('a bound token is refused', () => {
  test('as a bearer token, with or without a proof', async () => {
    const answer = await send([], { scheme: 'Bearer' })
    expectRefused(answer, 'invalid_token')
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token", DPoP /)
    expectRefused(await send([await prove()], { scheme: 'bearer' }), 'invalid_token')
  })

  test('as a bearer token also once it is known', async () => {
    expect((await send([await prove()])).status).toBe(200)
    world.upstream.requests.splice(0)
    expectRefused(await send([], { scheme: 'Bearer' }), 'invalid_token')
    expectRefused(await send([]), 'invalid_dpop_proof')
  })

  test.each<[string, unknown]>([
    ['to nothing', {}],
    ['to a list', ['jkt']],
    ['to text', 'jkt'],
    ['to null', null],
    ['to an empty thumbprint', { jkt: '' }],
    ['to a thumbprint that is a number', { jkt: 7 }],
    ['to what nobody here checks', { 'x5t#S999': 'x' }],
    ['to a whole key', { jwk: {} }],
  ])('that is bound %s', async (_name, cnf) => {
    const sent = await makeBound(cnf)
    expectRefused(await send([await prove()], { token: sent }), 'invalid_token')
    expectRefused(await send([], { token: sent, scheme: 'Bearer' }), 'invalid_token')
  })

  test('that is also bound to what nobody here checks', async () => {
    const sent = await makeBound({ jkt: key.jkt, other: 'x' })
    expectRefused(await send([await prove()], { token: sent }), 'invalid_token')
  })

  test('where no proofs are taken, whatever the scheme', async () => {
    const answer = await send([], { path: '/plain/x', scheme: 'Bearer' })
    expectRefused(answer, 'invalid_token')
    const other = await send([await prove({}, '/plain/x')], { path: '/plain/x' })
    expect([other.status, problemOf(other).code]).toEqual([401, 'token_required'])
    expect(world.upstream.requests).toEqual([])
  })
})

describe('a token that is bound to nothing', () => {
  test('is refused with DPoP, and where binding is required', async () => {
    const bearer = await makeAccessToken(rogue)
    const proof = await makeProof(key, { url: `${world.publicUrl}/bound/x`, token: bearer })
    expectRefused(await send([proof], { token: bearer }), 'invalid_token')
    const answer = await send([], { path: '/required/x', token: bearer, scheme: 'Bearer' })
    expectRefused(answer, 'invalid_token')
  })

  test('passes as a bearer token elsewhere', async () => {
    const bearer = await makeAccessToken(rogue)
    expect((await send([], { token: bearer, scheme: 'Bearer' })).status).toBe(200)
  })
})

describe('the DPoP field', () => {
  test('has to be there, once, and hold one proof', async () => {
    const [one, other] = [await prove(), await prove()]
    for (const proofs of [[], [one, other], [one, one], [`${one}, ${other}`], [''], ['x']]) {
      expectRefused(await send(proofs), 'invalid_dpop_proof')
    }
    expect((await send([one])).status).toBe(200)
  })

  test.each([
    ['a million dots', '.'.repeat(14_000)],
    ['three parts of nothing', 'a.b.c'],
    ['a deep nest', `${b64('{"alg":"ES256"}')}.${b64('['.repeat(6000))}.x`],
  ])('with %s is no proof', async (_name, proof) => {
    expectRefused(await send([proof]), 'invalid_dpop_proof')
  })

  test('never reaches the application, also where nobody asked for it', async () => {
    const bearer = await makeAccessToken(rogue)
    const answer = await send([await prove()], {
      path: '/plain/x',
      token: bearer,
      scheme: 'Bearer',
    })
    expect(answer.status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests[0]!)).not.toHaveProperty('dpop')
  })
})

const claims = (changed: object): ProofTwist => ({ claims: { ...changed } })
const header = (changed: object): ProofTwist => ({ header: { ...changed } })

describe('a proof is refused', () => {
  test.each<[string, () => ProofTwist | Promise<ProofTwist>]>([
    ['without jti', () => claims({ jti: undefined })],
    ['with an empty jti', () => claims({ jti: '' })],
    ['with a jti that is a number', () => claims({ jti: 7 })],
    ['without htm', () => claims({ htm: undefined })],
    ['without htu', () => claims({ htu: undefined })],
    ['without iat', () => claims({ iat: undefined })],
    ['with iat as text', () => claims({ iat: String(now()) })],
    ['with iat 1e300', () => claims({ iat: 1e300 })],
    ['without ath', () => claims({ ath: undefined })],
    ['without typ', () => header({ typ: undefined })],
    ['of the type of a token', () => header({ typ: 'at+jwt' })],
    ['without alg', () => ({ sign: (c, h) => toJwt(c, { ...h, alg: undefined }, 'x') })],
    ['with alg none', () => ({ sign: (c, h) => toJwt(c, { ...h, alg: 'none' }, '') })],
    [
      'of an algorithm that is not listed',
      () => ({ sign: (c, h) => toJwt(c, { ...h, alg: 'ES384' }, 'x') }),
    ],
    ['by a secret that is the public key', async () => withHmac(await exportSPKI(key.publicKey))],
    ['without jwk', () => header({ jwk: undefined })],
    ['with a jwk that is text', () => header({ jwk: 'x' })],
    ['with a jwk of another type', () => header({ jwk: { kty: 'oct', k: 'c2VjcmV0' } })],
    ['with a jwk that has its private part', withPrivatePart],
    ['with a jwk off the curve', () => header({ jwk: { ...thief.publicJwk, y: key.publicJwk.x } })],
    ['signed by another key than its jwk', () => ({ sign: (c, h) => signWith(thief, c, h) })],
    ['by a small RSA key', withSmallKey],
    ['with a critical extension', () => header({ crit: ['b64'], b64: true })],
    ['for another method', () => claims({ htm: 'POST' })],
    ['for a method in small letters', () => claims({ htm: 'get' })],
    ['for another path', () => claims({ htu: `${world.publicUrl}/bound/y` })],
    ['for a path below', () => claims({ htu: `${world.publicUrl}/bound/x/y` })],
    ['for the path in capitals', () => claims({ htu: `${world.publicUrl}/BOUND/x` })],
    ['for a path that dots lead to', () => claims({ htu: `${world.publicUrl}/bound/y/../x` })],
    ['for another host', () => claims({ htu: 'http://evil.example/bound/x' })],
    ['for another port', () => claims({ htu: 'http://localhost:1/bound/x' })],
    [
      'for another scheme',
      () => claims({ htu: `${world.publicUrl.replace('http', 'https')}/bound/x` }),
    ],
    [
      'for our host as a user name',
      () => claims({ htu: `${world.publicUrl}@evil.example/bound/x` }),
    ],
    ['for a path alone', () => claims({ htu: '/bound/x' })],
    ['for a list of addresses', () => claims({ htu: [`${world.publicUrl}/bound/x`] })],
    ['that is too old', () => claims({ iat: now() - 91 })],
    ['that is of the future', () => claims({ iat: now() + 40 })],
    ['for another token', () => claims({ ath: 'x' })],
    ['for the token in hexadecimal', () => claims({ ath: Buffer.from(token).toString('hex') })],
  ])('%s', async (_name, twist) => {
    expectRefused(await send([await prove(await twist())]), 'invalid_dpop_proof')
  })

  test('by another key than the one of the token', async () => {
    expectRefused(await send([await prove({}, '/bound/x', thief)]), 'invalid_dpop_proof')
  })

  test('by a key of the thief’s own making, before its signature costs anything', async () => {
    const jwk = { kty: 'RSA', n: ones(384), e: 'AQAB' }
    const proof = await prove({ sign: (c, h) => toJwt(c, { ...h, alg: 'RS256', jwk }, ones(384)) })
    expectRefused(await send([proof]), 'invalid_dpop_proof')
    const detail = 'DPoP: jwk: is not the key that the token is bound to'
    await until(() => world.logLines.at(-1)?.['detail'] === detail)
  })

  test.each([
    ['a modulus of 16,384 bits', 2048, 'AQAB'],
    ['an exponent of 64 bits', 256, ones(8)],
    ['an exponent as long as the modulus', 256, ones(255)],
  ])('by a key that is chosen to be slow, which the token is bound to: %s', async (_, bytes, e) => {
    // Because an issuer binds a token to whatever key its client brings.
    const jwk = { kty: 'RSA', n: ones(bytes), e }
    const sent = await makeBound({ jkt: await calculateJwkThumbprint(jwk) })
    const sign = (c: object, h: object): string => toJwt(c, { ...h, alg: 'RS256', jwk }, jwk.n)
    const proof = await makeProof(key, { url: `${world.publicUrl}/bound/x`, token: sent }, { sign })
    expectRefused(await send([proof], { token: sent }), 'invalid_dpop_proof')
    const detail = 'DPoP: jwk: no public key for RS256'
    await until(() => world.logLines.at(-1)?.['detail'] === detail)
  })

  test('by an algorithm that this provider does not list, also where another one does', async () => {
    const rsa = await createProofKey('RS256')
    const sent = await makeBound({ jkt: rsa.jkt })
    const make = (path: string) => makeProof(rsa, { url: world.publicUrl + path, token: sent })
    const answer = await send([await make('/required/x')], { path: '/required/x', token: sent })
    expectRefused(answer, 'invalid_dpop_proof')
    expect(answer.headers['www-authenticate']).toContain('algs="ES256"')
    expect((await send([await make('/bound/x')], { token: sent })).status).toBe(200)
  })
})

describe('a proof that was overheard', () => {
  test('counts once, for whatever request', async () => {
    const proof = await prove()
    expect((await send([proof])).status).toBe(200)
    world.upstream.requests.splice(0)
    expectRefused(await send([proof]), 'invalid_dpop_proof')
    const jti = randomUUID()
    const url = `${world.publicUrl}/bound/y`
    expect((await send([await prove(claims({ jti }))])).status).toBe(200)
    world.upstream.requests.splice(0)
    const again = await makeProof(key, { url, token }, claims({ jti }))
    expectRefused(await send([again], { path: '/bound/y' }), 'invalid_dpop_proof')
  })

  test('counts once, although anybody can make a second signature out of the first', async () => {
    const proof = await prove()
    const twin = toTwin(proof)
    expect(isSignedBy(KeyObject.from(key.publicKey), 'ES256', twin)).toBe(true)
    expect((await send([proof])).status).toBe(200)
    world.upstream.requests.splice(0)
    expectRefused(await send([twin]), 'invalid_dpop_proof')
  })

  test('counts once of a hundred times at once', async () => {
    const proof = await prove()
    const answers = await Promise.all(Array.from({ length: 100 }, () => send([proof])))
    const passed = answers.filter(({ status }) => status === 200)
    expect(passed).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(99)
    expect(world.upstream.requests).toHaveLength(1)
  })

  test('does not count after its time either', async () => {
    const proof = await prove()
    expect((await send([proof])).status).toBe(200)
    world.upstream.requests.splice(0)
    clock.forward(92)
    expectRefused(await send([proof]), 'invalid_dpop_proof')
  })

  test('does not keep another caller from the same jti', async () => {
    const jti = randomUUID()
    const iat = now()
    expect((await send([await prove(claims({ jti, iat }))])).status).toBe(200)
    const sent = await makeBound({ jkt: thief.jkt })
    const proof = await makeProof(
      thief,
      { url: `${world.publicUrl}/bound/x`, token: sent },
      claims({ jti, iat }),
    )
    expect((await send([proof], { token: sent })).status).toBe(200)
  })
})

describe('an opaque token', () => {
  const answer = (changed: object) => ({
    active: true,
    sub: 'service',
    client_id: 'service',
    aud: rogueApi,
    exp: now() + 300,
    token_type: 'DPoP',
    cnf: { jkt: key.jkt },
    ...changed,
  })
  const sendOpaque = async (by = key) => {
    const request = { url: `${world.publicUrl}/asked/x`, token: 'opaque' }
    const proof = await makeProof(by, request, claims({ iat: now() }))
    return send([proof], { path: '/asked/x', token: 'opaque' })
  }

  test('passes with a proof by the key that the issuer says', async () => {
    rogue.introspection = answer({})
    expect((await sendOpaque()).status).toBe(200)
    rogue.introspection = answer({ token_type: 'Bearer' })
    expect((await sendOpaque()).status).toBe(200)
  })

  test('is refused with another key, as Bearer, and where the issuer does not say which key', async () => {
    rogue.introspection = answer({})
    expectRefused(await sendOpaque(thief), 'invalid_dpop_proof')
    const asBearer = await send([], { path: '/asked/x', token: 'opaque', scheme: 'Bearer' })
    expectRefused(asBearer, 'invalid_token')
    for (const cnf of [undefined, {}, { other: 'x' }]) {
      rogue.introspection = answer({ cnf })
      expectRefused(await sendOpaque(), 'invalid_token')
    }
  })

  test('that is a JWT, too, is bound to what either of them says', async () => {
    const request = (sent: string) => ({ url: `${world.publicUrl}/both/x`, token: sent })
    const sendBoth = async (sent: string) => {
      const proof = await makeProof(key, request(sent), claims({ iat: now() }))
      return send([proof], { path: '/both/x', token: sent })
    }
    rogue.introspection = answer({})
    expect((await sendBoth(await makeBound())).status).toBe(200)
    const unbound = await makeAccessToken(rogue)
    expect((await sendBoth(unbound)).status).toBe(200)
    world.upstream.requests.splice(0)
    const asBearer = await send([], { path: '/both/x', token: unbound, scheme: 'Bearer' })
    expectRefused(asBearer, 'invalid_token')
    expectRefused(await sendBoth(await makeBound({ jkt: thief.jkt })), 'invalid_token')
  })
})

function ones(bytes: number): string {
  return Buffer.alloc(bytes, 0xff).toString('base64url')
}

/** The other ECDSA signature for the same text by the same key: r, and n - s. */
function toTwin(jwt: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const end = jwt.lastIndexOf('.')
  const hex = Buffer.from(jwt.slice(end + 1), 'base64url').toString('hex')
  const twin = (order - BigInt(`0x${hex.slice(64)}`)).toString(16).padStart(64, '0')
  return `${jwt.slice(0, end)}.${Buffer.from(hex.slice(0, 64) + twin, 'hex').toString('base64url')}`
}

function b64(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function toJwt(claims: object, header: object, signature: string): string {
  return `${b64(JSON.stringify(header))}.${b64(JSON.stringify(claims))}.${signature}`
}

const withHmac = (secret: string): ProofTwist => ({
  sign(claims, header) {
    const unsigned = toJwt(claims, { ...header, alg: 'HS256' }, '').slice(0, -1)
    return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`
  },
})

/** RFC 9449 §4.3, 7. */
async function withPrivatePart(): Promise<ProofTwist> {
  const { d } = await crypto.subtle.exportKey('jwk', key.privateKey)
  return { header: { jwk: { ...key.publicJwk, d } } }
}

function withSmallKey(): ProofTwist {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const jwk = publicKey.export({ format: 'jwk' })
  return { sign: (claims, header) => toJwt(claims, { ...header, alg: 'RS256', jwk }, 'x') }
}
