// DPoP through the whole gateway: a client library gets a bound token from a certified issuer, and calls with it.

import * as client from 'openid-client'
import { afterEach, describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessToken, requestToken, rogueApi } from '../support/accessTokens.ts'
import { createTurnableClock } from '../support/clock.ts'
import { createProofKey, makeProof, type ProofKey } from '../support/dpop.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startRedis } from '../support/redis.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, jsonOf, problemOf, until } from './steps.ts'
import { openWebSocket } from './webSocket.ts'

const api = 'https://api.example'
const opaqueApi = 'https://opaque.example'
const algorithms = ['ES256' as const, 'PS256' as const]

let stack = new AsyncDisposableStack()
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})

async function startRealWorld(dpop: object): Promise<World> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const asking = { issuer, clientId: 'postern', clientSecret: 'postern-secret', signIn: false }
  const routes = ['jwt', 'opaque'].map((id) => ({
    match: { path: `/${id}/**` },
    authenticate: ['bearer' as const],
    providers: [id],
    upstream: 'app',
  }))
  return stack.use(
    await startWorld({
      issuer: {
        port,
        apis: {
          [api]: { scope: 'invoices:read', format: 'jwt' },
          [opaqueApi]: { scope: 'invoices:read', format: 'opaque' },
        },
      },
      config: {
        providers: [
          { id: 'jwt', ...asking, bearer: { audiences: [api], dpop } },
          {
            id: 'opaque',
            ...asking,
            bearer: { audiences: [opaqueApi], validation: 'introspection', dpop },
          },
        ],
      },
      routes,
    }),
  )
}

async function readiness(world: World): Promise<[number, object]> {
  const answer = await world.browser().request(`${world.adminUrl}/readyz`)
  return [answer.status, jsonOf(answer)]
}

async function discover({ issuer }: World): Promise<client.Configuration> {
  const { issuer: server } = issuer
  const execute = [client.allowInsecureRequests]
  const basic = client.ClientSecretBasic('machine-secret')
  return client.discovery(new URL(server), 'machine', undefined, basic, { execute })
}

describe('a client library with a key of its own', () => {
  test.each([
    ['jwt', api, {}],
    ['jwt', api, { required: true, nonce: true }],
    ['opaque', opaqueApi, { required: true }],
    ['opaque', opaqueApi, { nonce: true }],
  ])('gets a token from the issuer and calls %s with it (%j %j)', async (path, resource, dpop) => {
    const world = await startRealWorld(dpop)
    const configuration = await discover(world)
    const keys = await client.randomDPoPKeyPair()
    const handle = { DPoP: client.getDPoPHandle(configuration, keys) }
    const parameters = { resource, scope: 'invoices:read' }
    const tokens = await client.clientCredentialsGrant(configuration, parameters, handle)
    expect(tokens.token_type).toBe('dpop')
    const call = (method: string, url: string) =>
      client.fetchProtectedResource(
        configuration,
        tokens.access_token,
        new URL(world.publicUrl + url),
        method,
        method === 'POST' ? 'a body' : undefined,
        undefined,
        handle,
      )
    for (const url of [`/${path}/x?page=2`, `/${path}/y%2Dz`, `/${path}/x`]) {
      expect((await call('GET', url)).status).toBe(200)
    }
    expect((await call('POST', `/${path}/x`)).status).toBe(200)
    expect(world.upstream.requests.map(({ url, method }) => [method, url])).toEqual([
      ['GET', `/${path}/x?page=2`],
      ['GET', `/${path}/y%2Dz`],
      ['GET', `/${path}/x`],
      ['POST', `/${path}/x`],
    ])
    const seen = fieldsSeenBy(world.upstream.requests[0]!)
    expect(seen['x-forwarded-client-id']).toBe('machine')
    expect(Object.keys(seen).filter((name) => /^(authorization|dpop)/.test(name))).toEqual([])
    await expect(
      client.fetchProtectedResource(
        configuration,
        tokens.access_token,
        new URL(`${world.publicUrl}/${path}/x`),
        'GET',
      ),
    ).rejects.toThrow()
    expect(world.upstream.requests).toHaveLength(4)
  })
})

describe('what a caller is asked for', () => {
  const ask = (world: World, authorization: string[] = []) =>
    world.browser().request(`${world.publicUrl}/jwt/x`, { fields: authorization })
  const challengesOf = ({ rawHeaders }: HttpAnswer) =>
    rawHeaders.filter((_, at) => rawHeaders[at - 1] === 'WWW-Authenticate' && at % 2 === 1)

  test('is a token of either kind, and which proofs', async () => {
    const world = await startRealWorld({ algorithms })
    const realm = `realm="${world.publicUrl}"`
    const algs = 'algs="ES256 PS256"'
    expect(challengesOf(await ask(world))).toEqual([`Bearer ${realm}`, `DPoP ${realm}, ${algs}`])
    expect(challengesOf(await ask(world, ['Authorization', 'Bearer x']))).toEqual([
      `Bearer ${realm}, error="invalid_token"`,
      `DPoP ${realm}, ${algs}`,
    ])
    expect(challengesOf(await ask(world, ['Authorization', 'DPoP x']))).toEqual([
      `Bearer ${realm}`,
      `DPoP ${realm}, error="invalid_token", ${algs}`,
    ])
    const twice = ['Authorization', 'DPoP a b']
    expect(challengesOf(await ask(world, twice))).toEqual([
      `Bearer ${realm}, error="invalid_request"`,
    ])
  })

  test('is a bound token alone where nothing else is taken', async () => {
    const world = await startRealWorld({ algorithms, required: true })
    const realm = `realm="${world.publicUrl}"`
    expect(challengesOf(await ask(world))).toEqual([`DPoP ${realm}, algs="ES256 PS256"`])
    const token = await requestToken(world.issuer, { resource: api })
    expect(challengesOf(await ask(world, ['Authorization', `Bearer ${token}`]))).toEqual([
      `Bearer ${realm}, error="invalid_token"`,
      `DPoP ${realm}, algs="ES256 PS256"`,
    ])
    expect(world.upstream.requests).toEqual([])
  })
})

describe('with a bent issuer', () => {
  let rogue: RogueIssuer
  let key: ProofKey
  let token: string
  const clock = createTurnableClock()

  interface RogueOptions {
    readonly dpop?: object
    readonly sessions?: ConfigInput['sessions']
    readonly config?: Partial<ConfigInput>
    readonly replicas?: number
    readonly require?: ConfigInput['routes'][number]['require']
  }

  async function start(options: RogueOptions = {}): Promise<World> {
    rogue = stack.use(await startRogueIssuer())
    key = await createProofKey()
    token = await makeAccessToken(rogue, { claims: { cnf: { jkt: key.jkt } } })
    return stack.use(
      await startWorld({
        clock,
        ...(options.sessions === undefined ? {} : { sessions: options.sessions }),
        ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
        config: {
          providers: [
            {
              id: 'rogue',
              issuer: rogue.issuer,
              bearer: { audiences: [rogueApi], dpop: { ...options.dpop } },
            },
          ],
          ...options.config,
        },
        routes: [
          {
            match: { path: '/**' },
            authenticate: ['bearer'],
            ...(options.require === undefined ? {} : { require: options.require }),
            upstream: 'app',
          },
        ],
      }),
    )
  }

  async function call(world: World, claims: object = {}, replica = 0): Promise<HttpAnswer> {
    const url = `${world.publicUrl}/x`
    const iat = Math.floor(clock.now())
    const proof = await makeProof(key, { url, token }, { claims: { iat, ...claims } })
    return send(world, proof, replica)
  }

  function send(world: World, proof: string, replica = 0): Promise<HttpAnswer> {
    const host = new URL(world.publicUrl).host
    const fields = ['Host', host, 'Authorization', `DPoP ${token}`, 'DPoP', proof]
    const { port } = world.replicas[replica]!
    return world.browser().request(`http://127.0.0.1:${port}/x`, { fields })
  }

  const codeOf = (answer: HttpAnswer) => [answer.status, problemOf(answer).code]
  const nonceOf = (answer: HttpAnswer) => {
    const nonce = answer.headers['dpop-nonce']
    return typeof nonce === 'string' ? nonce : undefined
  }

  test('the error stands in the challenge that the request came with', async () => {
    const world = await start({ require: { scopes: ['invoices:delete'] }, dpop: { algorithms } })
    const answer = await call(world)
    expect(codeOf(answer)).toEqual([403, 'insufficient_scope'])
    expect(answer.headers['www-authenticate']).toBe(
      `DPoP realm="${world.publicUrl}", error="insufficient_scope", scope="invoices:delete", algs="ES256 PS256"`,
    )
  })

  test('a WebSocket is opened with a proof, and with none it is not', async () => {
    const world = await start()
    const iat = Math.floor(clock.now())
    const request = { url: `${world.publicUrl}/socket`, token }
    const proof = await makeProof(key, request, { claims: { iat } })
    const lines = [`Authorization: DPoP ${token}`, `DPoP: ${proof}`]
    expect(await openWebSocket(world.port, '/socket', lines)).toBe(101)
    expect(await openWebSocket(world.port, '/socket', lines)).toBe(401)
    expect(await openWebSocket(world.port, '/socket', lines.slice(0, 1))).toBe(401)
  })

  test('the address is the public one, also behind a TLS terminator that is not listed', async () => {
    const proofFor = (htu: string) =>
      makeProof(key, { url: htu, token }, { claims: { iat: Math.floor(clock.now()) } })
    const world = await start({ config: { publicUrl: 'https://api.example.com' } })
    expect((await send(world, await proofFor('https://api.example.com/x'))).status).toBe(200)
    expect(
      (await send(world, await proofFor('https://API.example.com:443/%78?a=1#b'))).status,
    ).toBe(200)
    expect(codeOf(await send(world, await proofFor('http://api.example.com/x')))).toEqual([
      401,
      'invalid_dpop_proof',
    ])
  })

  describe('nonces', () => {
    test('are asked for once, go with the next proofs, and are renewed in time', async () => {
      const world = await start({ dpop: { nonce: true, maxAge: '1m' } })
      const first = await call(world)
      expect(codeOf(first)).toEqual([401, 'use_dpop_nonce'])
      expect(first.headers['www-authenticate']).toContain('DPoP realm=')
      expect(first.headers['www-authenticate']).toContain('error="use_dpop_nonce"')
      const nonce = nonceOf(first)!
      const second = await call(world, { nonce })
      expect([second.status, nonceOf(second)]).toEqual([200, undefined])
      clock.forward(31)
      const third = await call(world, { nonce })
      expect(third.status).toBe(200)
      const next = nonceOf(third)!
      expect(next).not.toBe(nonce)
      clock.forward(31)
      expect(codeOf(await call(world, { nonce }))).toEqual([401, 'use_dpop_nonce'])
      expect((await call(world, { nonce: next })).status).toBe(200)
      expect(world.upstream.requests).toHaveLength(3)
    })

    test('count in place of the clock of the caller', async () => {
      const world = await start({ dpop: { nonce: true } })
      const nonce = nonceOf(await call(world))!
      expect((await call(world, { nonce, iat: 1 })).status).toBe(200)
    })

    test('that nobody gave out are none', async () => {
      const world = await start({ dpop: { nonce: true } })
      const nonce = nonceOf(await call(world))!
      const bytes = Buffer.from(nonce, 'base64url')
      bytes[5]! ^= 1
      for (const made of ['', 'x', bytes.toString('base64url'), `${nonce}A`, nonce.slice(1)]) {
        expect(codeOf(await call(world, { nonce: made }))).toEqual([401, 'use_dpop_nonce'])
      }
      expect(codeOf(await call(world, { nonce: 7 }))).toEqual([401, 'invalid_dpop_proof'])
      expect(world.upstream.requests).toEqual([])
    })

    test('of one replica are good at another', async () => {
      const world = await start({ dpop: { nonce: true }, replicas: 2 })
      const nonce = nonceOf(await call(world))!
      expect((await call(world, { nonce }, 1)).status).toBe(200)
    })

    test('do not let a proof count twice', async () => {
      const world = await start({ dpop: { nonce: true } })
      const nonce = nonceOf(await call(world))!
      const proof = await makeProof(
        key,
        { url: `${world.publicUrl}/x`, token },
        { claims: { nonce } },
      )
      expect((await send(world, proof)).status).toBe(200)
      expect(codeOf(await send(world, proof))).toEqual([401, 'invalid_dpop_proof'])
    })
  })

  describe('with Redis', () => {
    test('a proof counts once, whichever replica gets it; nothing passes while Redis is away', async () => {
      const redis = stack.use(await startRedis())
      const world = await start({
        replicas: 2,
        // Because a busy machine alone may take longer than the default of 200 ms.
        sessions: { redis: { url: redis.url, commandTimeout: '600ms' } },
      })
      await until(async () => (await call(world)).status === 200)
      await until(async () => (await call(world, {}, 1)).status === 200)
      world.upstream.requests.splice(0)
      const iat = Math.floor(clock.now())
      const proof = await makeProof(
        key,
        { url: `${world.publicUrl}/x`, token },
        { claims: { iat } },
      )
      expect((await send(world, proof, 1)).status).toBe(200)
      expect(codeOf(await send(world, proof, 0))).toEqual([401, 'invalid_dpop_proof'])
      expect(world.upstream.requests).toHaveLength(1)

      const [name] = await redis.client.keys('postern:dpop:*')
      const left = await redis.client.pttl(name!)
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(130_000)

      await redis.kill()
      const refused = await call(world)
      expect(codeOf(refused)).toEqual([503, 'proof_store_unavailable'])
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
      expect(world.upstream.requests).toHaveLength(1)
      expect(await readiness(world)).toMatchObject([503, { checks: { proofs: false } }])
      await redis.restart()
      await until(async () => (await call(world)).status === 200)
      expect(await readiness(world)).toMatchObject([200, { checks: { proofs: true } }])
    })
  })
})
