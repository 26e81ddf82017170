import { createHmac, randomUUID } from 'node:crypto'
import { CompactEncrypt, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { drip, empty, hangUp, html, huge, json, redirect } from '../support/rogueAnswers.ts'
import {
  createSigningKey,
  leaveUnsigned,
  signWith,
  startRogueIssuer,
  type IdTokenTwist,
  type RogueIssuer,
} from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, toHead } from './rawRequests.ts'

type Json = Record<string, unknown>

const now = (): number => Math.floor(Date.now() / 1000)

let rogue: RogueIssuer
let other: RogueIssuer
let world: World

beforeAll(async () => {
  rogue = await startRogueIssuer()
  other = await startRogueIssuer()
  const asking = {
    issuer: rogue.issuer,
    clientId: 'postern',
    clientSecret: 'secret',
    signIn: false,
  }
  const audiences = [rogueApi]
  const timeout = '300ms'
  const introspection = { cacheTime: '0s', negativeCacheTime: '0s', timeout }
  world = await startWorld({
    config: {
      listen: { maxFieldsSize: '1MiB' },
      providers: [
        {
          id: 'jwt',
          issuer: rogue.issuer,
          bearer: { audiences, maximumLifetime: '1h', requiredClaims: { env: ['production'] } },
        },
        { id: 'other', issuer: other.issuer, bearer: { audiences } },
        {
          id: 'asked',
          ...asking,
          bearer: { validation: 'introspection', audiences, introspection },
        },
        {
          id: 'signed',
          ...asking,
          bearer: {
            validation: 'introspection',
            audiences,
            introspection: { ...introspection, answer: 'jwt' },
          },
        },
        { id: 'both', ...asking, bearer: { validation: 'both', audiences, introspection } },
      ],
    },
    routes: ['jwt', 'other', 'asked', 'signed', 'both'].map((id) => ({
      match: { path: `/${id}` },
      authenticate: ['bearer'],
      providers: [id],
      upstream: 'app',
    })),
  })
})
afterAll(async () => {
  await world.stop()
  await Promise.all([rogue.stop(), other.stop()])
})
beforeEach(() => {
  world.upstream.requests.splice(0)
  rogue.introspectionRequests.splice(0)
  delete rogue.answers.introspection
})

const send = (path: string, authorization: string): Promise<HttpAnswer> =>
  world.browser().request(world.publicUrl + path, { fields: ['Authorization', authorization] })

/** An honest token of the issuer `jwt`, bent. */
const make = (twist: IdTokenTwist = {}): Promise<string> =>
  makeAccessToken(rogue, { ...twist, claims: { env: 'production', ...twist.claims } })

function expectRefusal(answer: HttpAnswer, status: number, code: string, error?: string): void {
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect([answer.status, answer.json()]).toMatchObject([status, { status, code }])
  expect(answer.headers['www-authenticate']).toBe(
    error === undefined ? undefined : `Bearer realm="${world.publicUrl}", error="${error}"`,
  )
  expect(answer.headers.location).toBeUndefined()
  expect(world.upstream.requests).toEqual([])
}

const expectBadToken = (answer: HttpAnswer): void =>
  expectRefusal(answer, 401, 'invalid_token', 'invalid_token')

test('an honest token passes, so that what follows is refused for its own sake', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    expect((await send('/jwt', `${scheme} ${await make()}`)).status).toBe(200)
  }
  expect(world.upstream.requests).toHaveLength(3)
})

describe('an Authorization field that says Bearer and is none', () => {
  test.each([
    'Bearer',
    'bearer',
    'Bearer   ',
    'Bearer a b',
    'Bearer Bearer abc',
    'Bearer abc, Bearer def',
    'Bearer\tabc',
    'Bearer:abc',
    'Bearer "abc"',
    'Bearer token=abc',
    'Bearer =',
    'Bearer a=b',
    'Bearer abc\u00e9',
  ])('%j', async (authorization) => {
    const answer = await send('/jwt', authorization)
    expectRefusal(answer, 400, 'invalid_request', 'invalid_request')
  })

  test.each([
    ['twice', ['Authorization: Bearer abc', 'Authorization: Bearer abc']],
    ['beside Basic', ['Authorization: Basic YTpi', 'authorization: Bearer abc']],
  ])('%s', async (_name, fields) => {
    const lines = ['Connection: close', ...fields]
    const head = toHead({ host: `localhost:${world.port}`, target: '/jwt', lines })
    const { statuses, text } = await exchangeRaw(world.port, head)
    expect(statuses).toEqual([400])
    expect(text).toContain('"code":"request_malformed"')
    expect(world.upstream.requests).toEqual([])
  })
})

describe('text that is no token', () => {
  test.each([
    ['one letter', 'a'],
    ['a dot', '.'],
    ['two dots', '..'],
    ['three parts of nothing', 'a.b.c'],
    ['JSON that is no object', `${b64('"x"')}.${b64('1')}.x`],
    ['a million dots', '.'.repeat(1_000_000)],
    ['a million letters', 'a'.repeat(1_000_000)],
    ['sixteen thousand dots', '.'.repeat(16_000)],
    ['a deep nest', `${b64('{"alg":"ES256"}')}.${b64('['.repeat(6000))}.x`],
  ])('%s', async (_name, token) => {
    expectBadToken(await send('/jwt', `Bearer ${token}`))
  })

  test('a token of 1 MB is 431 where fields are as small as they are by default', async () => {
    await using small = await startWorld()
    const fields = ['Authorization', `Bearer ${'a'.repeat(1_000_000)}`]
    const answer = await small
      .browser()
      .request(`${small.publicUrl}/`, { fields })
      .catch(() => undefined)
    expect(answer?.status ?? 431).toBe(431)
    expect(small.upstream.requests).toEqual([])
  })
})

describe('a token that nobody signed, or somebody else', () => {
  const spki = async (): Promise<string> => exportSPKI(rogue.key.publicKey)
  const der = async (): Promise<Buffer> =>
    Buffer.from((await spki()).replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')

  test.each<[string, () => IdTokenTwist | Promise<IdTokenTwist>]>([
    ['alg none', () => ({ sign: leaveUnsigned })],
    ['alg None', () => ({ sign: (claims) => toToken({ alg: 'None' }, claims, '') })],
    ['HS256 with the public key in PEM', async () => withHmac(await spki())],
    ['HS256 with the PEM and no last line feed', async () => withHmac((await spki()).trim())],
    ['HS256 with the public key in DER', async () => withHmac(await der())],
    [
      'HS256 with the JWK',
      async () => withHmac(JSON.stringify(await exportJWK(rogue.key.publicKey))),
    ],
    ['HS256 with an empty secret', () => withHmac('')],
    ['a key of the same kid', () => ({ sign: signWithKeyOf(rogue.key.kid) })],
    ['a key that nobody has', () => ({ sign: signWithKeyOf(randomUUID()) })],
    ['a key without kid', () => ({ sign: signWithKeyOf(undefined) })],
    ['a key that it brings (jwk)', () => ({ sign: bringKey('jwk') })],
    ['a key that it points at (jku)', () => ({ sign: bringKey('jku') })],
    ['a certificate that it points at (x5u)', () => ({ sign: bringKey('x5u') })],
    ['another key and claims of another', () => ({ sign: graft })],
    ['a signature of nothing', () => ({ sign: (claims, header) => toToken(header, claims, '') })],
  ])('%s', async (_name, twist) => {
    expectBadToken(await send('/jwt', `Bearer ${await make(await twist())}`))
  })
})

describe('a token that the issuer signed, and that is not one for us', () => {
  const claims = (changed: Json): IdTokenTwist => ({ claims: changed })
  const header = (changed: Json): IdTokenTwist => ({ header: changed })

  test.each<[string, () => IdTokenTwist]>([
    ['jku in the header', () => header({ jku: `${rogue.issuer}/jwks` })],
    ['x5u in the header', () => header({ x5u: `${rogue.issuer}/x5u` })],
    ['jwk in the header', () => header({ jwk: rogue.key.publicJwk })],
    ['an extension that is critical', () => header({ crit: ['b64'], b64: true })],
    ['the type of a logout token', () => header({ typ: 'logout+jwt' })],
    ['the type of a DPoP proof', () => header({ typ: 'dpop+jwt' })],
    ['a type that is no text', () => header({ typ: 7 })],
    ['exp as text', () => claims({ exp: String(now() + 300) })],
    ['exp 1e300', () => claims({ exp: 1e300 })],
    ['exp before 1970', () => claims({ exp: -1 })],
    ['exp null', () => claims({ exp: null })],
    ['no exp', () => claims({ exp: undefined })],
    ['exp 31 seconds ago', () => claims({ exp: now() - 31 })],
    ['iat in a minute', () => claims({ iat: now() + 60 })],
    ['iat as text', () => claims({ iat: 'now' })],
    ['nbf in a minute', () => claims({ nbf: now() + 60 })],
    ['a lifetime of two hours', () => claims({ exp: now() + 7200 })],
    ['no iat where the lifetime is bounded', () => claims({ iat: undefined })],
    ['another audience', () => claims({ aud: 'https://other.example' })],
    ['an audience that begins like ours', () => claims({ aud: `${rogueApi}.evil.example` })],
    ['no audience', () => claims({ aud: undefined })],
    ['an empty list of audiences', () => claims({ aud: [] })],
    ['an audience that is an object', () => claims({ aud: { [rogueApi]: true } })],
    ['another issuer', () => claims({ iss: 'https://evil.example' })],
    ['the issuer with a slash', () => claims({ iss: `${rogue.issuer}/` })],
    ['an issuer of another route', () => claims({ iss: other.issuer })],
    ['no issuer', () => claims({ iss: undefined })],
    ['a list of issuers', () => claims({ iss: [rogue.issuer] })],
    ['another environment', () => claims({ env: 'staging' })],
    ['no environment', () => claims({ env: undefined })],
    ['nobody', () => claims({ sub: undefined, client_id: undefined })],
    ['an empty sub', () => claims({ sub: '' })],
    ['a key that it is bound to', () => claims({ cnf: { jkt: 'x' } })],
    ['what only ID Tokens have', () => claims({ at_hash: 'x' })],
    ['what only logout tokens have', () => claims({ events: {} })],
    ['scopes that are no text', () => claims({ scope: 7 })],
  ])('%s', async (_name, twist) => {
    expectBadToken(await send('/jwt', `Bearer ${await make(twist())}`))
  })

  test('a JWT inside a JWE, and one inside another', async () => {
    const inner = await make()
    const jwe = await new CompactEncrypt(new TextEncoder().encode(inner))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' })
      .encrypt((await generateKeyPair('ECDH-ES')).publicKey)
    expect(jwe.split('.')).toHaveLength(5)
    expectBadToken(await send('/jwt', `Bearer ${jwe}`))
    const nested = `${b64(JSON.stringify({ alg: 'ES256', cty: 'JWT' }))}.${b64(inner)}.x`
    expectBadToken(await send('/jwt', `Bearer ${nested}`))
  })

  test('a fraction in exp is fine, and so is an end 20 seconds ago', async () => {
    for (const exp of [now() + 100.5, now() - 20]) {
      expect((await send('/jwt', `Bearer ${await make({ claims: { exp } })}`)).status).toBe(200)
    }
  })
})

test('5,000 tokens with made-up key ids have the keys read once', async () => {
  const before = other.counts.jwks
  const answered: number[] = []
  // Because a connection may have only so many requests underway.
  for (let round = 0; round < 25; round += 1) {
    const connections = Array.from({ length: 8 }, () => exchangeRaw(world.port, madeUpRequests(25)))
    for (const { statuses } of await Promise.all(connections)) answered.push(...statuses)
  }
  expect(answered).toHaveLength(5000)
  expect(new Set(answered)).toEqual(new Set([401]))
  expect(other.counts.jwks).toBe(before + 1)
  expect(world.upstream.requests).toEqual([])
})

function madeUpRequests(count: number): string {
  const heads = Array.from({ length: count }, (_, at) => {
    const header = { alg: 'ES256', typ: 'at+jwt', kid: randomUUID() }
    const token = toToken(header, { iss: other.issuer, exp: now() + 300 }, 'c2lnbmF0dXJl')
    const last = at === count - 1 ? ['Connection: close'] : []
    const lines = [`Authorization: Bearer ${token}`, ...last]
    return toHead({ host: `localhost:${world.port}`, target: '/other', lines })
  })
  return heads.join('')
}

describe('an issuer that is asked and', () => {
  const good = (): Json => ({
    active: true,
    sub: 'service',
    client_id: 'service',
    aud: rogueApi,
    exp: now() + 300,
    iss: rogue.issuer,
    token_type: 'Bearer',
  })

  test('says yes lets the token pass', async () => {
    rogue.introspection = good()
    expect((await send('/asked', 'Bearer opaque')).status).toBe(200)
    const [asked] = rogue.introspectionRequests
    expect(asked?.form.get('token')).toBe('opaque')
    expect(asked?.authorization).toBe(`Basic ${Buffer.from('postern:secret').toString('base64')}`)
  })

  test.each<[string, Json]>([
    ['says no', { active: false }],
    ['means another API', { aud: 'https://other.example' }],
    ['names no API and no kind of token', { aud: undefined, token_type: undefined }],
    ['names no API and a client that is none of the audiences', { aud: undefined }],
    ['means a refresh token', { token_type: 'refresh_token' }],
    ['means a token that is bound to a key', { token_type: 'DPoP' }],
    ['names another issuer', { iss: 'https://evil.example' }],
    ['gives no end', { exp: undefined }],
    ['gives an end that is over', { exp: now() - 1 }],
    ['gives an end in text', { exp: '99999999999' }],
    ['names nobody', { sub: undefined, client_id: undefined }],
  ])('%s: 401', async (_name, changed) => {
    rogue.introspection = { ...good(), ...changed }
    expectBadToken(await send('/asked', 'Bearer opaque'))
  })

  test.each([
    ['says active: "false"', json(200, { active: 'false' })],
    ['says active: "true"', json(200, { active: 'true' })],
    ['says active: 1', json(200, { active: 1 })],
    ['says active: null', json(200, { active: null })],
    ['says nothing about it', json(200, {})],
    ['answers a list', json(200, [{ active: true }])],
    ['answers a page', html(200)],
    ['answers an empty body', empty],
    ['hangs up', hangUp],
    ['answers slowly', drip],
    ['answers 10 MB', huge],
    ['sends us elsewhere', redirect('https://evil.example/')],
    ['does not know us', json(401, { error: 'invalid_client' })],
    ['is broken', html(500)],
  ])('%s: 503, and the caller is not told why', async (_name, answer) => {
    rogue.answers.introspection = answer
    expectRefusal(await send('/asked', 'Bearer opaque'), 503, 'issuer_unavailable')
  })

  describe('has to sign its answer and', () => {
    const signed = (changed: Json = {}, header: Json = {}): Promise<string> =>
      signWith(
        rogue.key,
        { iss: rogue.issuer, aud: 'postern', iat: now(), token_introspection: good(), ...changed },
        { alg: 'ES256', kid: rogue.key.kid, typ: 'token-introspection+jwt', ...header },
      )

    test('does lets the token pass', async () => {
      rogue.introspection = await signed()
      expect((await send('/signed', 'Bearer opaque')).status).toBe(200)
      expect(rogue.introspectionRequests[0]?.accept).toBe('application/token-introspection+jwt')
    })

    test.each<[string, () => Json | string | Promise<string>]>([
      ['does not', good],
      ['says so in plain text', () => JSON.stringify(good())],
      ['leaves it unsigned', () => leaveUnsigned({ token_introspection: good() })],
      ['uses a key that it does not publish', async () => unknownSigner(await signed())],
      ['answers somebody else', () => signed({ aud: 'another' })],
      ['is another', () => signed({ iss: 'https://evil.example' })],
      ['answers from the future', () => signed({ iat: now() + 60 })],
      ['said so a minute ago, about whatever token', () => signed({ iat: now() - 60 })],
      ['sends an access token', () => signed({}, { typ: 'at+jwt' })],
      ['says nothing in it', () => signed({ token_introspection: undefined })],
      ['says active: "true"', () => signed({ token_introspection: { ...good(), active: 'true' } })],
    ])('%s: 503', async (_name, make) => {
      rogue.introspection = await make()
      expectRefusal(await send('/signed', 'Bearer opaque'), 503, 'issuer_unavailable')
    })
  })

  test('is never shown a JWT of another issuer', async () => {
    rogue.introspection = good()
    const token = await makeAccessToken(other)
    expectBadToken(await send('/asked', `Bearer ${token}`))
    expect(rogue.introspectionRequests).toEqual([])
  })
})

describe('a JWT that the issuer is also asked about', () => {
  test('passes while it is active, and not when it was revoked', async () => {
    const token = await make()
    rogue.introspection = { active: true }
    expect((await send('/both', `Bearer ${token}`)).status).toBe(200)
    world.upstream.requests.splice(0)
    rogue.introspection = { active: false }
    expectBadToken(await send('/both', `Bearer ${token}`))
  })

  test('of a client that was disabled meanwhile is refused, however good its signature', async () => {
    const token = await make({ claims: { sub: undefined, client_id: 'disabled' } })
    rogue.introspection = { active: true, client_id: 'disabled' }
    expect((await send('/both', `Bearer ${token}`)).status).toBe(200)
    world.upstream.requests.splice(0)
    rogue.introspection = { active: false }
    expectBadToken(await send('/both', `Bearer ${token}`))
  })

  test('is refused where the answer is about another', async () => {
    rogue.introspection = { active: true, sub: 'somebody else' }
    expectBadToken(await send('/both', `Bearer ${await make()}`))
  })

  test('is not asked about where it is forged', async () => {
    rogue.introspection = { active: true }
    expectBadToken(await send('/both', `Bearer ${await make({ sign: leaveUnsigned })}`))
    expectBadToken(await send('/both', 'Bearer opaque'))
    expect(rogue.introspectionRequests).toEqual([])
  })
})

function b64(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url')
}

function toToken(header: Json, claims: Json, signature: string): string {
  return `${b64(JSON.stringify(header))}.${b64(JSON.stringify(claims))}.${signature}`
}

function withHmac(secret: string | Buffer): IdTokenTwist {
  return {
    sign(claims, header) {
      const signed = toToken({ ...header, alg: 'HS256' }, claims, '').slice(0, -1)
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    },
  }
}

function signWithKeyOf(kid: string | undefined): NonNullable<IdTokenTwist['sign']> {
  return async (claims, header) => signWith(await createSigningKey(), claims, { ...header, kid })
}

function bringKey(by: 'jwk' | 'jku' | 'x5u'): NonNullable<IdTokenTwist['sign']> {
  return async (claims, header) => {
    const key = await createSigningKey()
    const brought = by === 'jwk' ? key.publicJwk : `${other.issuer}/jwks`
    return signWith(key, claims, { ...header, [by]: brought, kid: key.kid })
  }
}

/** The claims of one token under the signature of another. */
async function graft(claims: Json, header: Json): Promise<string> {
  const honest = await signWith(rogue.key, { ...claims, sub: 'somebody else' }, header)
  return toToken(header, claims, honest.split('.')[2]!)
}

/** The same JWT, signed by a key that nobody published. */
async function unknownSigner(jwt: string): Promise<string> {
  const [header, payload] = jwt.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  const members: [Json, Json] = [JSON.parse(header!), JSON.parse(payload!)]
  return signWith(await createSigningKey(), members[1], members[0])
}
