import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requestToken, revokeToken } from '../support/accessTokens.ts'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startWorld, type World } from '../support/world.ts'
import { asNavigation, fieldsSeenBy, followRequests, jsonOf, problemOf, until } from './steps.ts'
import { openWebSocket } from './webSocket.ts'

const api = 'https://api.example'
const opaqueApi = 'https://opaque.example'

let world: World
let clock: TurnableClock

beforeAll(async () => {
  const port = await freePort()
  clock = createTurnableClock()
  const opaque = {
    issuer: `http://localhost:${port}`,
    clientId: 'postern',
    clientSecret: 'postern-secret',
    signIn: false,
  }
  const introspection = { validation: 'introspection' as const, audiences: [opaqueApi] }
  // Because an issuer's signed answer is too old to be believed once the clock is 30 s ahead of it.
  const cacheTime = '10s'
  world = await startWorld({
    clock,
    issuer: {
      port,
      apis: {
        [api]: { scope: 'invoices:read invoices:write', format: 'jwt' },
        [opaqueApi]: { scope: 'invoices:read', format: 'opaque' },
      },
    },
    config: {
      providers: [
        { id: 'people', ...opaque, signIn: true },
        { id: 'jwt', issuer: opaque.issuer, bearer: { audiences: ['https://other', api] } },
        { id: 'opaque', ...opaque, bearer: { ...introspection, introspection: { cacheTime } } },
        {
          id: 'signed',
          ...opaque,
          bearer: { ...introspection, introspection: { answer: 'jwt', cacheTime } },
        },
        {
          id: 'always',
          ...opaque,
          bearer: { ...introspection, introspection: { cacheTime: '0s' } },
        },
      ],
    },
    routes: [
      ...['jwt', 'opaque', 'signed', 'always'].map((id) => ({
        match: { path: `/${id}/**` },
        authenticate: ['bearer' as const],
        providers: [id],
        upstream: 'app',
      })),
      {
        match: { path: '/write/**' },
        authenticate: ['bearer'],
        providers: ['jwt'],
        require: { scopes: ['invoices:read', 'invoices:write'] },
        upstream: 'app',
      },
      {
        match: { path: '/mixed/**' },
        authenticate: ['session', 'bearer'],
        providers: ['people', 'jwt'],
        upstream: 'app',
      },
      {
        match: { path: '/optional/**' },
        access: 'optional',
        authenticate: ['session', 'bearer'],
        providers: ['people', 'jwt'],
        upstream: 'app',
      },
      {
        match: { path: '/forwarding/**' },
        authenticate: ['bearer'],
        providers: ['jwt'],
        forwardAuthorization: true,
        identity: { preset: 'none', headers: { 'X-Client': 'client_id', 'X-Issuer': 'iss' } },
        upstream: 'app',
      },
      { match: { path: '/**' }, providers: ['people'], upstream: 'app' },
    ],
  })
  await until(async () => (await readiness()).status === 200)
})
afterAll(() => world.stop())
beforeEach(() => void world.upstream.requests.splice(0))

const readiness = (): Promise<HttpAnswer> => world.browser().request(`${world.adminUrl}/readyz`)

function call(path: string, token?: string, fields: readonly string[] = []): Promise<HttpAnswer> {
  const authorization = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  return world.browser().request(world.publicUrl + path, { fields: [...authorization, ...fields] })
}

const jwt = (scope = 'invoices:read'): Promise<string> =>
  requestToken(world.issuer, { resource: api, scope })
const opaque = (): Promise<string> => requestToken(world.issuer, { resource: opaqueApi })

const challengeOf = (answer: HttpAnswer): string | undefined => answer.headers['www-authenticate']
const realm = (): string => `Bearer realm="${world.publicUrl}"`

describe('a machine with a JWT', () => {
  test('passes, and the application is told who it is and never gets the token', async () => {
    expect((await call('/jwt/x', await jwt())).status).toBe(200)
    const seen = fieldsSeenBy(world.upstream.requests[0]!)
    expect(seen).toMatchObject({
      'x-forwarded-user': 'machine',
      'x-forwarded-client-id': 'machine',
      'x-forwarded-issuer': world.issuer.issuer,
      'x-forwarded-scope': 'invoices:read',
    })
    expect(seen).not.toHaveProperty('authorization')
  })

  test('passes its token on where the route says so, and names claims by other headers', async () => {
    const token = await jwt()
    expect((await call('/forwarding/x', token)).status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests[0]!)).toMatchObject({
      authorization: `Bearer ${token}`,
      'x-client': 'machine',
      'x-issuer': world.issuer.issuer,
    })
  })

  test('may write the scheme in any case of letters', async () => {
    const fields = ['Authorization', `bEARER  ${await jwt()}`]
    expect((await call('/jwt/x', undefined, fields)).status).toBe(200)
  })

  test('is judged by scope on every request, known or not', async () => {
    const reading = await jwt('invoices:read')
    expect((await call('/jwt/x', reading)).status).toBe(200)
    const answer = await call('/write/x', reading)
    expect([answer.status, problemOf(answer).code]).toEqual([403, 'insufficient_scope'])
    expect(challengeOf(answer)).toBe(
      `${realm()}, error="insufficient_scope", scope="invoices:read invoices:write"`,
    )
    expect((await call('/write/x', await jwt('invoices:read invoices:write'))).status).toBe(200)
    expect((await call('/jwt/x', reading)).status).toBe(200)
    expect(world.upstream.requests.map(({ url }) => url)).toEqual(['/jwt/x', '/write/x', '/jwt/x'])
  })

  test('opens a WebSocket without an Origin', async () => {
    expect(
      await openWebSocket(world.port, '/jwt/socket', [`Authorization: Bearer ${await jwt()}`]),
    ).toBe(101)
    expect(await openWebSocket(world.port, '/jwt/socket', ['Authorization: Bearer x'])).toBe(401)
    expect(world.upstream.requests).toHaveLength(1)
  })

  test('is refused once its token is over, and is told no more than that', async () => {
    const token = await jwt()
    const follow = followRequests(world)
    clock.forward(3700)
    const answer = await call('/jwt/x', token)
    clock.forward(-3700)
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'invalid_token'])
    expect(challengeOf(answer)).toBe(`${realm()}, error="invalid_token"`)
    expect(answer.text).not.toContain('exp')
    const [line] = await follow.next()
    expect(line).toMatchObject({ refusal: 'invalid_token', status: 401 })
    expect(line?.['detail']).toMatch(/^exp: \d+ is not accepted/)
    const metrics = await world.browser().request(`${world.adminUrl}/metrics`)
    expect(metrics.text).toContain(
      'postern_access_tokens_total{provider="jwt",outcome="expired"} 1',
    )
    expect(world.upstream.requests).toEqual([])
  })
})

describe('nothing sent', () => {
  test.each([
    ['a program', []],
    ['a person', asNavigation],
    ['Basic credentials', ['Authorization', 'Basic YTpi']],
    ['a scheme that begins like Bearer', ['Authorization', 'BearerX abc']],
  ])('%s: 401 with a challenge that names no error, and no redirect', async (_name, fields) => {
    const answer = await call('/jwt/x', undefined, fields)
    expect(answer.status).toBe(401)
    expect(challengeOf(answer)).toBe(realm())
    expect(answer.headers.location).toBeUndefined()
    expect(world.upstream.requests).toEqual([])
  })

  test('is fine on an optional route, for a person and for a program', async () => {
    for (const fields of [[], asNavigation]) {
      expect((await call('/optional/x', undefined, fields)).status).toBe(200)
    }
    for (const { rawHeaders } of world.upstream.requests) {
      expect(fieldsSeenBy({ rawHeaders })).not.toHaveProperty('x-forwarded-user')
    }
  })

  test('a token in the query is none', async () => {
    const answer = await call(`/jwt/x?access_token=${await jwt()}`)
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'token_required'])
    expect(world.upstream.requests).toEqual([])
  })
})

describe('where people and machines share a route', () => {
  test('a person without anything is sent to the issuer, a program is told to sign in', async () => {
    expect((await call('/mixed/x', undefined, asNavigation)).status).toBe(302)
    const answer = await call('/mixed/x')
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'login_required'])
    expect(challengeOf(answer)).toBe(realm())
  })

  test('a session counts, and so does a token', async () => {
    const { client } = await world.signIn('alice', '/mixed/x')
    expect((await client.request(`${world.publicUrl}/mixed/y`)).status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).toMatchObject({
      'x-forwarded-user': 'alice',
    })
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).not.toHaveProperty(
      'x-forwarded-client-id',
    )
    const fields = ['Authorization', `Bearer ${await jwt()}`]
    expect((await client.request(`${world.publicUrl}/mixed/z`, { fields })).status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).toMatchObject({
      'x-forwarded-user': 'machine',
    })
  })

  test('a bad token is refused, also beside a good session and for a person', async () => {
    const { client } = await world.signIn('alice', '/mixed/x')
    world.upstream.requests.splice(0)
    const fields = ['Authorization', 'Bearer abc', ...asNavigation]
    for (const path of ['/mixed/x', '/optional/x']) {
      const answer = await client.request(world.publicUrl + path, { fields })
      expect(answer.status).toBe(401)
      expect(challengeOf(answer)).toContain('error="invalid_token"')
      expect(answer.headers.location).toBeUndefined()
    }
    expect(world.upstream.requests).toEqual([])
  })

  test('on a route that takes no tokens, Authorization is neither looked at nor passed on', async () => {
    const { client } = await world.signIn('alice', '/')
    const fields = ['Authorization', 'Bearer abc']
    expect((await client.request(`${world.publicUrl}/x`, { fields })).status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).not.toHaveProperty('authorization')
  })
})

describe('an opaque token', () => {
  test.each(['opaque', 'signed'])('is asked about once in a while (%s)', async (id) => {
    const token = await opaque()
    const before = world.issuer.counts.introspection
    const answers = await Promise.all([1, 2, 3].map(() => call(`/${id}/x`, token)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await call(`/${id}/x`, token)).status).toBe(200)
    expect(world.issuer.counts.introspection).toBe(before + 1)
    expect(fieldsSeenBy(world.upstream.requests[0]!)).toMatchObject({
      'x-forwarded-user': 'machine',
      'x-forwarded-client-id': 'machine',
      'x-forwarded-issuer': world.issuer.issuer,
    })
    clock.forward(11)
    expect((await call(`/${id}/x`, token)).status).toBe(200)
    expect(world.issuer.counts.introspection).toBe(before + 2)
  })

  test('that was revoked is refused when the last answer is over, at once where none is kept', async () => {
    const token = await opaque()
    expect((await call('/opaque/x', token)).status).toBe(200)
    expect((await call('/always/x', token)).status).toBe(200)
    await revokeToken(world.issuer, token)
    expect((await call('/always/x', token)).status).toBe(401)
    expect((await call('/opaque/x', token)).status).toBe(200)
    clock.forward(11)
    const answer = await call('/opaque/x', token)
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'invalid_token'])
    expect(world.upstream.requests).toHaveLength(3)
  })

  test('that the issuer does not know is asked about once in five seconds', async () => {
    const before = world.issuer.counts.introspection
    for (let each = 0; each < 5; each += 1) {
      expect((await call('/opaque/x', 'made-up')).status).toBe(401)
    }
    expect(world.issuer.counts.introspection).toBe(before + 1)
    clock.forward(6)
    expect((await call('/opaque/x', 'made-up')).status).toBe(401)
    expect(world.issuer.counts.introspection).toBe(before + 2)
    expect(world.upstream.requests).toEqual([])
  })

  test('for another API, or of another kind, is refused', async () => {
    const withoutAudience = await requestToken(world.issuer, {})
    const answer = await call('/opaque/x', withoutAudience)
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'invalid_token'])
    expect((await call('/jwt/x', await opaque())).status).toBe(401)
    expect(world.upstream.requests).toEqual([])
  })
})

test('the readiness of each issuer is told', async () => {
  expect(jsonOf(await readiness())).toMatchObject({
    checks: { 'provider:people': true, 'bearer:jwt': true, 'bearer:signed': true },
  })
})

test('while the issuer is away, JWTs are judged by its last keys, and opaque tokens are 503', async () => {
  const [known, fresh, unasked] = await Promise.all([jwt(), jwt('invoices:write'), opaque()])
  expect((await call('/jwt/x', known)).status).toBe(200)
  await world.issuer.stop()
  expect((await call('/jwt/x', known)).status).toBe(200)
  expect((await call('/jwt/x', fresh)).status).toBe(200)
  world.upstream.requests.splice(0)
  const answer = await call('/opaque/x', unasked)
  expect([answer.status, problemOf(answer).code]).toEqual([503, 'issuer_unavailable'])
  expect(answer.headers['retry-after']).toBe('5')
  expect(world.upstream.requests).toEqual([])
  await world.issuer.restart()
  expect((await call('/opaque/x', unasked)).status).toBe(200)
})
