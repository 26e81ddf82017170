import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { generateSigningJwk } from '../../src/crypto/signingKey.ts'
import { requestToken } from '../support/accessTokens.ts'
import { assertionsOf, createKeyFile } from '../support/assertions.ts'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { startRedis } from '../support/redis.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'

const api = 'https://api.example.com'

/** A gateway that signs with the key of `file`; the same upstream under two names. */
async function startSigning(file: string, options: Partial<WorldOptions> = {}): Promise<World> {
  const issuer = { apis: { [api]: { scope: 'invoices:read', format: 'jwt' as const } } }
  return startWorld({
    issuer,
    provider: { bearer: { audiences: [api] } },
    routes: [
      { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
      { match: { path: '/optional/**' }, access: 'optional', upstream: 'app' },
      { match: { path: '/silent/**' }, identity: { preset: 'none' }, upstream: 'app' },
      { match: { path: '/api/**' }, authenticate: ['bearer'], upstream: 'app' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
    ...options,
    config: {
      assertion: { keys: [{ file }] },
      identity: { assertion: { claims: ['email', 'groups', 'scope', 'tenant'] } },
      ...options.config,
    },
  })
}

async function readKeys(world: World): Promise<ReturnType<typeof createLocalJWKSet>> {
  const answer = await world.browser().request(`${world.publicUrl}/.postern/jwks`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- because the set is checked by verifying with it
  return createLocalJWKSet(answer.json() as JSONWebKeySet)
}

async function ask(world: World, client: HttpClient, path: string): Promise<string[]> {
  await client.request(world.publicUrl + path)
  return assertionsOf(world.upstream.requests.at(-1))
}

test('an application is told who is signed in by a JWT that verifies with the published keys', async () => {
  await using key = await createKeyFile()
  await using world = await startSigning(key.file)
  const { client } = await world.signIn('alice')
  const [jwt = '', ...more] = await ask(world, client, '/page')
  expect(more).toEqual([])
  const { payload, protectedHeader } = await jwtVerify(jwt, await readKeys(world), {
    issuer: world.publicUrl,
    audience: 'app',
    algorithms: ['ES256'],
    typ: 'postern-assertion+jwt',
  })
  expect(payload).toEqual({
    iss: world.publicUrl,
    aud: 'app',
    sub: 'alice',
    idp: world.issuer.issuer,
    kind: 'person',
    email: 'alice@example.com',
    groups: ['staff', 'admins'],
    scope: 'openid profile email groups',
    iat: expect.any(Number),
    exp: payload.iat! + 300,
  })
  expect(Object.keys(protectedHeader).sort()).toEqual(['alg', 'kid', 'typ'])
})

test('a machine with a token of its own is told of as a client, with its scopes', async () => {
  await using key = await createKeyFile()
  await using world = await startSigning(key.file)
  const token = await requestToken(world.issuer, { resource: api, scope: 'invoices:read' })
  const fields = ['Authorization', `Bearer ${token}`]
  await world.browser().request(`${world.publicUrl}/api/x`, { fields })
  const [jwt = ''] = assertionsOf(world.upstream.requests.at(-1))
  const { payload } = await jwtVerify(jwt, await readKeys(world), { audience: 'app' })
  expect(payload).toMatchObject({
    sub: 'machine',
    kind: 'client',
    client_id: 'machine',
    scope: 'invoices:read',
  })
  expect(payload).not.toHaveProperty('email')
  await world.browser().request(`${world.publicUrl}/api/y`, { fields })
  expect(assertionsOf(world.upstream.requests.at(-1))).toEqual([jwt])
})

test('only where somebody is known, and where the route wants it', async () => {
  await using key = await createKeyFile()
  await using world = await startSigning(key.file)
  const { client } = await world.signIn('alice')
  const nobody = world.browser()
  expect(await ask(world, client, '/public/a')).toEqual([])
  expect(await ask(world, client, '/silent/a')).toEqual([])
  expect(await ask(world, nobody, '/public/a')).toEqual([])
  expect(await ask(world, nobody, '/optional/a')).toEqual([])
  expect(await ask(world, client, '/optional/a')).toHaveLength(1)
  expect(world.upstream.requests.map(({ url }) => url)).toContain('/optional/a')
})

describe('signed once per person, audience and half of its life', () => {
  test('the same one is sent until half of its life is over, then another', async () => {
    await using redis = await startRedis()
    await using key = await createKeyFile()
    for (const store of ['cookie', 'memory', 'redis'] as const) {
      const clock = createTurnableClock()
      const sessions = { store, redis: { url: redis.url } }
      await using world = await startSigning(key.file, { clock, sessions })
      await expectRenewedHalfway(world, clock)
    }
  })

  async function expectRenewedHalfway(world: World, clock: TurnableClock): Promise<void> {
    const { client } = await world.signIn('alice')
    const [first = ''] = await ask(world, client, '/1')
    clock.forward(60)
    for (const path of ['/2', '/3', '/optional/4']) {
      expect(await ask(world, client, path)).toEqual([first])
    }
    clock.forward(90)
    const [second = ''] = await ask(world, client, '/5')
    expect(second).not.toBe(first)
    expect(await ask(world, client, '/6')).toEqual([second])
    expect(decodeJwt(second).iat).toBeLessThan(decodeJwt(first).exp!)
  }

  test.each(['cookie', 'memory'] as const)(
    'but one that says what is no longer so is not sent again: %s store',
    async (store) => {
      await using key = await createKeyFile()
      const clock = createTurnableClock()
      const sessions = { store, keys: ['a-key-of-32-bytes-that-nobody-else-has-used'] }
      await using world = await startSigning(key.file, {
        clock,
        sessions,
        issuer: { accessTokenLifetime: 60, apis: { [api]: { scope: 'x', format: 'jwt' } } },
      })
      const { client } = await world.signIn('alice')
      const [first = ''] = await ask(world, client, '/1')
      world.issuer.accounts.get('alice')!.claims['groups'] = ['leavers']
      clock.forward(61)
      const [second = ''] = await ask(world, client, '/2')
      expect([decodeJwt(first)['groups'], decodeJwt(second)['groups']]).toEqual([
        ['staff', 'admins'],
        ['leavers'],
      ])
      // Because the browser that still has the cookie of before is the same person.
      expect(await ask(world, client, '/3')).toEqual([second])
      await client.navigate(`${world.publicUrl}/.postern/logout`)
      expect(await ask(world, client, '/optional/4')).toEqual([])
    },
  )

  test('concurrent requests are sent the same one', async () => {
    await using key = await createKeyFile()
    await using world = await startSigning(key.file)
    const { client } = await world.signIn('alice')
    world.upstream.requests.length = 0
    await Promise.all(Array.from({ length: 30 }, (_, at) => ask(world, client, `/${at}`)))
    const sent = world.upstream.requests.flatMap(assertionsOf)
    expect(sent).toHaveLength(30)
    expect(new Set(sent).size).toBe(1)
  })

  test('each application has its own, and so has each person', async () => {
    await using key = await createKeyFile()
    await using app = await startSigning(key.file)
    await using world = await startSigning(key.file, {
      routes: [
        { match: { path: '/one/**' }, upstream: 'one' },
        { match: { path: '/two/**' }, upstream: 'two' },
      ],
      config: {
        upstreams: {
          one: { url: app.upstream.url },
          two: { url: app.upstream.url, assertionAudience: 'https://two.example' },
        },
      },
    })
    const { client: alice } = await world.signIn('alice', '/one/')
    const { client: bob } = await world.signIn('bob', '/one/')
    const told: unknown[] = []
    for (const client of [alice, bob]) {
      for (const path of ['/one/', '/two/']) {
        await client.request(world.publicUrl + path)
        const { sub, aud } = decodeJwt(assertionsOf(app.upstream.requests.at(-1))[0]!)
        told.push([sub, aud])
      }
    }
    expect(told).toEqual([
      ['alice', 'one'],
      ['alice', 'https://two.example'],
      ['bob', 'one'],
      ['bob', 'https://two.example'],
    ])
  })
})

test('a shorter life is kept to', async () => {
  await using key = await createKeyFile()
  const identity = { assertion: { lifetime: '20s' } }
  await using world = await startSigning(key.file, { config: { identity } })
  const { client } = await world.signIn('alice')
  const { exp, iat } = decodeJwt((await ask(world, client, '/'))[0]!)
  expect(exp! - iat!).toBe(20)
})

test('claims that would make it larger than 8 KB refuse the request, and nothing is cut', async () => {
  await using key = await createKeyFile()
  await using world = await startSigning(key.file, {
    sessions: { store: 'memory' },
    config: { identity: { preset: 'none', assertion: { claims: ['groups'] } } },
  })
  const groups = Array.from({ length: 1000 }, (_, at) => `a-group-with-a-long-name-${at}`)
  world.issuer.accounts.get('alice')!.claims['groups'] = groups
  const { client } = await world.signIn('alice', '/silent/')
  const before = world.upstream.requests.length
  const answer = await client.request(`${world.publicUrl}/page`)
  expect(answer.status).toBe(403)
  expect(answer.json()).toMatchObject({ code: 'identity_too_large' })
  expect(world.upstream.requests).toHaveLength(before)
})

describe('GET /.postern/jwks', () => {
  test('is for everybody, may be kept, and holds no private part', async () => {
    await using key = await createKeyFile()
    await using world = await startSigning(key.file)
    const answer = await world.browser().request(`${world.publicUrl}/.postern/jwks`)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/jwk-set+json')
    expect(answer.headers['cache-control']).toBe('public, max-age=300')
    const { d: _, ...publicPart } = JSON.parse(key.text)
    expect(answer.json()).toEqual({ keys: [publicPart] })
  })

  test('answers HEAD without a body, under any host name, and refuses other methods', async () => {
    await using key = await createKeyFile()
    await using world = await startSigning(key.file)
    const url = `${world.publicUrl}/.postern/jwks`
    const head = await world.browser().request(url, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    const fields = ['Host', '127.0.0.1:8080']
    expect((await world.browser().request(url, { fields })).status).toBe(200)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await world.browser().request(url, { method })
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'GET, HEAD'])
    }
  })

  test('is not there where nothing is signed', async () => {
    await using world = await startWorld()
    const answer = await world.browser().request(`${world.publicUrl}/.postern/jwks`)
    expect(answer.status).toBe(404)
  })
})

test('a key file that changes is followed without a restart, and old assertions still verify', async () => {
  await using key = await createKeyFile()
  await using world = await startSigning(key.file)
  const { client } = await world.signIn('alice')
  const [before = ''] = await ask(world, client, '/1')
  await key.write(generateSigningJwk())
  const after = await vi.waitFor(
    async () => {
      const [jwt = ''] = await ask(world, client, '/2')
      expect(jwt).not.toBe(before)
      return jwt
    },
    { timeout: 20_000, interval: 200 },
  )
  const keys = await readKeys(world)
  for (const jwt of [before, after]) {
    expect((await jwtVerify(jwt, keys, { audience: 'app' })).payload.sub).toBe('alice')
  }
})

test('no assertion is logged', async () => {
  await using key = await createKeyFile()
  await using world = await startSigning(key.file)
  const { client } = await world.signIn('alice')
  const [jwt = ''] = await ask(world, client, '/1')
  expect(world.logText()).not.toContain(jwt.split('.')[2]!)
})
