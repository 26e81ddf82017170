import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requestToken, revokeToken } from '../support/accessTokens.ts'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startUpstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { asNavigation, fieldsSeenBy, followRequests, problemOf, until } from './steps.ts'
import { openWebSocket } from './webSocket.ts'

const api = 'https://api.example'
const opaqueApi = 'https://opaque.example'

let world: World
let clock: TurnableClock

function aMachine(id: string, secret: string, more: Partial<ClientMetadata> = {}): ClientMetadata {
  return {
    client_id: id,
    client_secret: secret,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    ...more,
  }
}

const machines = [
  aMachine('posting', 'posting-secret', { token_endpoint_auth_method: 'client_secret_post' }),
  aMachine('key %7+', 'a:b + 100%:'),
  aMachine('idle', 'idle-secret', {
    grant_types: ['authorization_code'],
    redirect_uris: ['http://127.0.0.1/'],
    response_types: ['code'],
  }),
]

beforeAll(async () => {
  const port = await freePort()
  const gatewayPort = await freePort()
  clock = createTurnableClock()
  const issuer = `http://localhost:${port}`
  const client = { issuer, clientId: 'postern', clientSecret: 'postern-secret' }
  const jwt = { audiences: [api] }
  const introspection = { validation: 'introspection' as const, audiences: [opaqueApi] }
  const basicOnly = { authenticate: ['client-credentials' as const], upstream: 'app' }
  const upstream = await startUpstream()
  world = await startWorld({
    clock,
    upstream,
    port: gatewayPort,
    issuer: {
      port,
      apis: {
        [api]: { scope: 'invoices:read invoices:write', format: 'jwt' },
        [opaqueApi]: { scope: 'invoices:read', format: 'opaque' },
      },
      clients: [
        {
          client_id: 'postern',
          client_secret: 'postern-secret',
          redirect_uris: [`http://localhost:${gatewayPort}/.postern/callback`],
          grant_types: ['authorization_code', 'refresh_token'],
        },
        ...machines,
      ],
    },
    config: {
      upstreams: { trusted: { url: upstream.url, credentials: { type: 'access-token' } } },
      providers: [
        { id: 'people', ...client },
        { id: 'jwt', issuer, bearer: jwt, clientCredentials: { resource: api } },
        { id: 'plain', issuer, clientCredentials: { resource: api, cacheTime: '60s' } },
        {
          id: 'post',
          issuer,
          bearer: jwt,
          clientCredentials: { resource: api, clientAuthentication: 'client_secret_post' },
        },
        {
          id: 'opaque',
          ...client,
          signIn: false,
          bearer: { ...introspection, introspection: { cacheTime: '0s' } },
          clientCredentials: { resource: opaqueApi },
        },
        { id: 'astray', issuer, bearer: jwt, clientCredentials: {} },
        { id: 'unknown', issuer, clientCredentials: { resource: 'https://nowhere.example' } },
      ],
    },
    routes: [
      ...['jwt', 'plain', 'post', 'opaque', 'astray', 'unknown'].map((id) => ({
        ...basicOnly,
        match: { path: `/${id}/**` },
        providers: [id],
      })),
      ...['jwt', 'plain'].map((id) => ({
        ...basicOnly,
        match: { path: `/${id}/read/**` },
        providers: [id],
        require: { principal: 'client' as const, scopes: ['invoices:read'] },
        identity: {
          preset: 'none' as const,
          headers: { 'X-Client': 'client_id', 'X-Sub': 'sub', 'X-Iss': 'iss', 'X-Scope': 'scope' },
        },
      })),
      ...['jwt', 'plain'].map((id) => ({
        ...basicOnly,
        match: { path: `/${id}/admin/**` },
        providers: [id],
        require: { scopes: ['invoices:admin'] },
      })),
      {
        ...basicOnly,
        match: { path: '/forwarding/**' },
        providers: ['jwt'],
        forwardAuthorization: true,
      },
      ...['jwt', 'plain'].map((id) => ({
        ...basicOnly,
        match: { path: `/handed/${id}/**` },
        providers: [id],
        upstream: 'trusted',
      })),
      {
        match: { path: '/mixed/**' },
        authenticate: ['session', 'bearer', 'client-credentials'],
        providers: ['people', 'jwt'],
        upstream: 'app',
      },
      {
        match: { path: '/machines/**' },
        authenticate: ['client-credentials', 'bearer'],
        providers: ['jwt'],
        upstream: 'app',
      },
      {
        match: { path: '/optional/**' },
        access: 'optional',
        authenticate: ['client-credentials'],
        providers: ['jwt'],
        upstream: 'app',
      },
      { match: { path: '/**' }, providers: ['people'], upstream: 'app' },
    ],
  })
  await until(
    async () => (await world.browser().request(`${world.adminUrl}/readyz`)).status === 200,
  )
})
afterAll(async () => {
  await world.stop()
  await world.upstream[Symbol.asyncDispose]()
})
beforeEach(() => void world.upstream.requests.splice(0))

/** Some time later; the clock is right again afterwards, because the issuer has another one. */
async function after<T>(seconds: number, action: () => Promise<T>): Promise<T> {
  clock.forward(seconds)
  try {
    return await action()
  } finally {
    clock.forward(-seconds)
  }
}

function basic(id: string, secret: string): string[] {
  return ['Authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`]
}

const asMachine = basic('machine', 'machine-secret')

function call(path: string, fields: readonly string[] = asMachine): Promise<HttpAnswer> {
  return world.browser().request(world.publicUrl + path, { fields })
}

const verdictOf = (answer: HttpAnswer) => [answer.status, problemOf(answer).code]
const challengeOf = (answer: HttpAnswer) => answer.headers['www-authenticate']
const basicChallenge = () => `Basic realm="${world.publicUrl}", charset="UTF-8"`
const bearerChallenge = () => `Bearer realm="${world.publicUrl}"`

async function countOf(provider: string, outcome: string): Promise<number> {
  const { text } = await world.browser().request(`${world.adminUrl}/metrics`)
  const line = `postern_client_credentials_total{provider="${provider}",outcome="${outcome}"} `
  return Number(text.split(line)[1]?.split('\n', 1)[0] ?? 0)
}

describe('a machine with an id and a secret', () => {
  test.each(['jwt', 'plain'])(
    'passes as itself, and its secret goes no further (%s)',
    async (id) => {
      const before = world.issuer.counts.token
      const follow = followRequests(world)
      expect((await call(`/${id}/read/7`)).status).toBe(200)
      expect((await call(`/${id}/read/8`)).status).toBe(200)
      expect(world.issuer.counts.token).toBe(before + 1)
      const seen = fieldsSeenBy(world.upstream.requests[0]!)
      expect(seen).toMatchObject({
        'x-client': 'machine',
        'x-sub': 'machine',
        'x-iss': world.issuer.issuer,
        'x-scope': 'invoices:read',
      })
      expect(seen).not.toHaveProperty('authorization')
      const lines = await follow.next(2)
      for (const line of lines) expect(line).toMatchObject({ principal: 'machine', status: 200 })
      expect(world.logText()).not.toContain('machine-secret')
      expect(await countOf(id, 'known')).toBeGreaterThan(0)
    },
  )

  test('looks to the application like one that brings the token itself', async () => {
    const token = await requestToken(world.issuer, { resource: api, scope: 'invoices:read' })
    await call('/machines/x', ['Authorization', `Bearer ${token}`])
    await call('/machines/x')
    const [bearer, secret] = world.upstream.requests.map((request) => fieldsSeenBy(request))
    for (const name of ['x-forwarded-user', 'x-forwarded-client-id', 'x-forwarded-issuer']) {
      expect(secret![name]).toBe(bearer![name])
    }
    expect(secret!['x-forwarded-client-id']).toBe('machine')
  })

  test.each([
    ['jwt', 'key %7+', 'a:b + 100%:'],
    ['post', 'posting', 'posting-secret'],
    ['opaque', 'machine', 'machine-secret'],
  ])(
    'is known however the issuer wants it told, and whatever its tokens are (%s)',
    async (way, id, secret) => {
      expect((await call(`/${way}/x`, basic(id, secret))).status).toBe(200)
    },
  )

  test('opens a WebSocket without an Origin', async () => {
    const [name, value] = asMachine
    expect(await openWebSocket(world.port, '/jwt/socket', [`${name}: ${value}`])).toBe(101)
    expect(await openWebSocket(world.port, '/jwt/socket', ['Authorization: Basic bTp4'])).toBe(401)
  })

  test('gets a new token once the old one is over, and not before', async () => {
    await call('/plain/x')
    const before = world.issuer.counts.token
    await after(50, () => call('/plain/x'))
    expect(world.issuer.counts.token).toBe(before)
    expect((await after(61, () => call('/plain/x'))).status).toBe(200)
    expect(world.issuer.counts.token).toBe(before + 1)
  })

  test('gets a new token where the issuer has revoked the old one', async () => {
    expect((await call('/opaque/x')).status).toBe(200)
    const before = world.issuer.counts.token
    for (const token of issuedTokens.splice(0)) await revokeToken(world.issuer, token)
    expect(verdictOf(await call('/opaque/x'))).toEqual([403, 'access_denied'])
    expect((await after(31, () => call('/opaque/x'))).status).toBe(200)
    expect(world.issuer.counts.token).toBe(before + 1)
  })

  test.each(['jwt', 'plain'])(
    'is passed on by its token, never its secret, to an upstream that is to be given it (%s)',
    async (id) => {
      expect((await call(`/handed/${id}/x`)).status).toBe(200)
      const { authorization } = fieldsSeenBy(world.upstream.requests[0]!)
      const token = authorization?.replace(/^Bearer /, '') ?? ''
      const fields = ['Authorization', `Bearer ${token}`]
      expect((await call('/machines/x', fields)).status).toBe(200)
    },
  )

  test('hands its secret on where the route says so', async () => {
    expect((await call('/forwarding/x')).status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests[0]!)).toMatchObject({ authorization: asMachine[1] })
  })
})

describe('is refused, and the application sees nothing of it', () => {
  test.each<[string, readonly string[]]>([
    ['a program that sends nothing', []],
    ['a person', asNavigation],
    ['a token', ['Authorization', 'Bearer abc']],
  ])('%s: 401 with a challenge for Basic, never a redirect', async (_name, fields) => {
    const answer = await call('/jwt/x', fields)
    expect(answer.status).toBe(401)
    expect(challengeOf(answer)).toBe(basicChallenge())
    expect(answer.headers.location).toBeUndefined()
    expect(world.upstream.requests).toEqual([])
  })

  test.each<[string, readonly string[]]>([
    ['a wrong secret', basic('machine', 'wrong')],
    ['an unknown id', basic('nobody', 'secret')],
    ['a secret in the query of a browser', [...basic('machine', 'wrong'), ...asNavigation]],
  ])('%s: 401, and no word about which of the two was wrong', async (_name, fields) => {
    const follow = followRequests(world)
    const answer = await call('/jwt/x', fields)
    expect(answer.status).toBe(401)
    expect(challengeOf(answer)).toBe(basicChallenge())
    expect(answer.headers.location).toBeUndefined()
    const [line] = await follow.next()
    expect(line).toMatchObject({ refusal: 'invalid_client' })
    expect(line?.['detail']).toContain('invalid_client')
    expect(world.upstream.requests).toEqual([])
  })

  test('what is no credentials at all: 400, and the issuer is not asked', async () => {
    const before = world.issuer.counts.token
    for (const value of ['Basic', 'Basic x', 'Basic ====', `Basic ${btoa('machine')}`]) {
      const answer = await call('/jwt/x', ['Authorization', value])
      expect(verdictOf(answer)).toEqual([400, 'credentials_malformed'])
    }
    expect((await call('/jwt/x', [...asMachine, ...asMachine])).status).toBe(400)
    expect(world.issuer.counts.token).toBe(before)
    expect(await countOf('none', 'malformed')).toBe(4)
  })

  test.each(['jwt', 'plain'])(
    'a scope that the issuer grants to nobody, though it gives a token: 403 (%s)',
    async (id) => {
      const answer = await call(`/${id}/admin/x`)
      expect(verdictOf(answer)).toEqual([403, 'insufficient_scope'])
      expect(challengeOf(answer)).toContain('scope="invoices:admin"')
    },
  )

  test.each([
    ['a client that may not use this grant', '/jwt/x', basic('idle', 'idle-secret')],
    ['an API that the issuer does not know', '/unknown/x', asMachine],
    ['a token that is for nobody here', '/astray/x', asMachine],
  ])('%s: 403', async (_name, path, fields) => {
    expect(verdictOf(await call(path, fields))).toEqual([403, 'access_denied'])
    expect(verdictOf(await call(path, fields))).toEqual([403, 'access_denied'])
    expect(world.upstream.requests).toEqual([])
  })

  test('the log says which setting would have asked for a token that is for this API', async () => {
    const requests = followRequests(world)
    await call('/astray/x')
    const [line] = await requests.next()
    expect(line?.['detail']).toContain('clientCredentials.resource')
  })

  test('a token that is for nobody here is not asked for again and again', async () => {
    await call('/astray/x')
    const before = world.issuer.counts.token
    for (let time = 0; time < 5; time += 1) await call('/astray/x')
    expect(world.issuer.counts.token).toBe(before)
  })
})

describe('where several ways lead in', () => {
  test('a program that sends nothing is told of both, where no session counts', async () => {
    const answer = await call('/machines/x', [])
    expect(verdictOf(answer)).toEqual([401, 'token_required'])
    expect(challengeOf(answer)).toBe(`${bearerChallenge()}, ${basicChallenge()}`)
  })

  test('a browser is never made to ask for a password: people are sent to the issuer', async () => {
    expect((await call('/mixed/x', asNavigation)).status).toBe(302)
    const answer = await call('/mixed/x', [])
    expect(verdictOf(answer)).toEqual([401, 'login_required'])
    expect(challengeOf(answer)).toBe(bearerChallenge())
  })

  test('each counts, and a wrong secret beside a good session does not', async () => {
    const { client } = await world.signIn('alice', '/mixed/x')
    const open = (fields: readonly string[]) =>
      client.request(`${world.publicUrl}/mixed/y`, { fields })
    expect((await open([])).status).toBe(200)
    expect((await open(asMachine)).status).toBe(200)
    const users = world.upstream.requests.map((request) => fieldsSeenBy(request))
    expect(users.map((seen) => seen['x-forwarded-user'])).toEqual(['alice', 'alice', 'machine'])
    expect((await open([...basic('machine', 'wrong'), ...asNavigation])).status).toBe(401)
    const token = await requestToken(world.issuer, { resource: api })
    expect((await open(['Authorization', `Bearer ${token}`])).status).toBe(200)
    const both = ['Authorization', `Bearer ${token}`, ...asMachine]
    expect((await open(both)).status).toBe(400)
  })

  test('on an optional route nobody is nobody, and a wrong secret is refused', async () => {
    expect((await call('/optional/x', [])).status).toBe(200)
    expect((await call('/optional/x')).status).toBe(200)
    expect((await call('/optional/x', basic('machine', 'wrong'))).status).toBe(401)
    const users = world.upstream.requests.map((request) => fieldsSeenBy(request))
    expect(users.map((seen) => seen['x-forwarded-user'])).toEqual([undefined, 'machine'])
  })
})

const issuedTokens: string[] = []
beforeAll(() => {
  world.issuer.provider.on('client_credentials.saved', ({ jti }) => void issuedTokens.push(jti))
})

describe('while the issuer is away', () => {
  test('who is known passes, and who is not gets 503 and is told when to come again', async () => {
    expect((await call('/jwt/x')).status).toBe(200)
    await world.issuer.stop()
    try {
      expect((await call('/jwt/x')).status).toBe(200)
      const answer = await call('/jwt/x', basic('machine', 'other'))
      expect(verdictOf(answer)).toEqual([503, 'issuer_unavailable'])
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    } finally {
      await world.issuer.restart()
    }
    expect((await call('/jwt/x', basic('machine', 'other'))).status).toBe(401)
  })
})
