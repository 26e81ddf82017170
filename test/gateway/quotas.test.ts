import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { createMachines } from '../support/machines.ts'
import { freePort } from '../support/ports.ts'
import { fieldValues, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { asNavigation, asScript, followRequests, jsonOf, open, problemOf } from './steps.ts'

type RouteInput = ConfigInput['routes'][number]

const machines = createMachines()
// Because quotas count to the fraction of a request, time stands still unless a test lets it go on.
let now = Date.now() / 1000
const clock = { now: () => now }

const forMachines = (path: string, quotas: NonNullable<RouteInput['quotas']>): RouteInput => ({
  match: { path },
  authenticate: ['bearer'],
  providers: ['machines'],
  quotas,
  upstream: 'app',
})
const forAll = (path: string, quotas: NonNullable<RouteInput['quotas']>): RouteInput => ({
  match: { path },
  access: 'public',
  quotas,
  upstream: 'app',
})

const routes: RouteInput[] = [
  forMachines('/client/**', [{ by: 'client', limit: 3, per: 'minute' }]),
  forMachines('/subject/**', [{ by: 'subject', limit: 1, per: 'minute' }]),
  forMachines('/a/**', ['both']),
  forMachines('/b/**', ['both', { by: 'client', limit: 9, per: 'minute' }]),
  forMachines('/strangers/**', ['strangers']),
  forMachines('/route/**', [{ by: 'route', limit: 2, per: 'hour' }]),
  forMachines('/two/**', [
    { by: 'client', limit: 9, per: 'minute' },
    { by: 'client', limit: 2, per: 'day' },
  ]),
  {
    ...forMachines('/scoped/**', [{ by: 'client', limit: 1, per: 'day' }]),
    require: { scopes: ['x'] },
  },
  forAll('/burst/**', [{ by: 'route', limit: 10, per: '90s', burst: 2 }]),
  forAll('/own/**', [{ by: 'route', limit: 1000, per: 'day' }]),
  forAll('/address/**', [{ by: 'address', limit: 1, per: 'hour' }]),
  forAll('/ws/**', [{ by: 'address', limit: 1, per: 'hour' }]),
  {
    ...forAll('/cors/**', [{ by: 'route', limit: 1, per: 'hour' }]),
    cors: { origins: ['https://spa.example'], exposeHeaders: ['RateLimit'] },
  },
  {
    match: { path: '/optional/**' },
    access: 'optional',
    providers: ['people'],
    quotas: [{ by: 'subject', limit: 1, per: 'hour' }],
    upstream: 'app',
  },
  {
    match: { path: '/page/**' },
    providers: ['people'],
    quotas: [{ by: 'client', limit: 1, per: 'hour' }],
    upstream: 'app',
  },
  { match: { path: '/**' }, providers: ['people'], upstream: 'app' },
]

let upstream: Upstream
let world: World
beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (request.url === '/own/old') response.setHeader('RateLimit', 'limit=9, remaining=1')
    if (request.url === '/own/new') response.setHeader('RateLimit', '"app";r=1;t=7')
    if (request.url === '/own/busy') response.statusCode = 429
    response.setHeader('X-RateLimit-Limit', '9')
    request.resume()
    response.end('ok')
  })
  const port = await freePort()
  const people = {
    id: 'people',
    issuer: `http://localhost:${port}`,
    clientId: 'postern',
    clientSecret: 'postern-secret',
  }
  world = await startWorld({
    upstream,
    clock,
    routes,
    issuer: { port },
    config: {
      providers: [people, machines.provider],
      quotas: {
        both: { by: 'client', limit: 3, per: 'day' },
        strangers: { by: 'address', limit: 4, per: 'hour', burst: 2 },
      },
      listen: { trustedProxies: ['127.0.0.1'] },
    },
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.close()
  machines[Symbol.dispose]()
})
beforeEach(() => void upstream.requests.splice(0))

const call = (path: string, fields: readonly string[] = []): Promise<HttpAnswer> =>
  world.browser().request(world.publicUrl + path, { fields })

async function statusesOf(count: number, path: string, fields?: readonly string[]) {
  const statuses: number[] = []
  while (statuses.length < count) statuses.push((await call(path, fields)).status)
  return statuses
}

const limitsOf = ({ rawHeaders }: HttpAnswer): string[] => fieldValues(rawHeaders, 'ratelimit')
const policiesOf = ({ rawHeaders }: HttpAnswer): string[] =>
  fieldValues(rawHeaders, 'ratelimit-policy')
const from = (address: string): string[] => ['X-Forwarded-For', address]

describe('a quota by client', () => {
  test('lets so many requests through, and refuses the next, which never reaches the application', async () => {
    const one = await machines.authorize({ client_id: 'c-1' })
    expect(await statusesOf(3, '/client/x', one)).toEqual([200, 200, 200])
    const log = followRequests(world)
    const refused = await call('/client/x', one)
    expect(refused.status).toBe(429)
    expect(problemOf(refused).code).toBe('quota_exceeded')
    expect(jsonOf(refused)['violated-policies']).toEqual(['client-minute'])
    expect(refused.headers['retry-after']).toBe('20')
    expect(upstream.requests).toHaveLength(3)
    const [line] = await log.next()
    expect(line).toMatchObject({ refusal: 'quota_exceeded', quota: 'client-minute' })
    const metrics = await world.browser().request(`${world.adminUrl}/metrics`)
    expect(metrics.text).toContain(
      'postern_quota_refusals_total{route="/client/**",quota="client-minute"} 1',
    )
  })

  test('counts each client alone, whatever token it brings and for whomever', async () => {
    expect(
      await statusesOf(3, '/client/x', await machines.authorize({ client_id: 'c-2' })),
    ).toEqual([200, 200, 200])
    const again = await machines.authorize({ client_id: 'c-2' })
    const forAlice = await machines.authorize({ client_id: 'c-2', sub: 'alice' })
    const other = await machines.authorize({ client_id: 'c-3', sub: 'alice' })
    expect((await call('/client/x', again)).status).toBe(429)
    expect((await call('/client/x', forAlice)).status).toBe(429)
    expect((await call('/client/x', other)).status).toBe(200)
  })

  test('gives back evenly: who waits as long as Retry-After says is let in once', async () => {
    const fields = await machines.authorize({ client_id: 'c-4' })
    expect(await statusesOf(4, '/client/x', fields)).toEqual([200, 200, 200, 429])
    now += 19
    expect((await call('/client/x', fields)).headers['retry-after']).toBe('1')
    now += 1
    expect(await statusesOf(2, '/client/x', fields)).toEqual([200, 429])
    now += 60
    expect(await statusesOf(4, '/client/x', fields)).toEqual([200, 200, 200, 429])
  })

  test('is told to the caller on every answer, with how much is left', async () => {
    const fields = await machines.authorize({ client_id: 'c-5' })
    const answers = [await call('/client/x', fields), await call('/client/x', fields)]
    expect(answers.map(policiesOf)).toEqual([
      ['"client-minute";q=3;w=60'],
      ['"client-minute";q=3;w=60'],
    ])
    expect(answers.map(limitsOf)).toEqual([
      ['"client-minute";r=2;t=40'],
      ['"client-minute";r=1;t=20'],
    ])
    await call('/client/x', fields)
    expect(limitsOf(await call('/client/x', fields))).toEqual(['"client-minute";r=0;t=20'])
  })

  test('is not used up by requests that are refused: a bad token, or a right that is missing', async () => {
    const fields = await machines.authorize({ client_id: 'c-6' })
    const [name = '', value = ''] = fields
    const forged = [name, `${value}x`]
    const refused = await statusesOf(3, '/client/x', forged)
    expect(refused).toEqual([401, 401, 401])
    expect(limitsOf(await call('/client/x', forged))).toEqual([])
    expect(await statusesOf(3, '/scoped/x', fields)).toEqual([403, 403, 403])
    expect(await statusesOf(3, '/client/x', fields)).toEqual([200, 200, 200])
  })

  test('counts people with a session one by one', async () => {
    const alice = (await world.signIn('alice')).client
    const bob = (await world.signIn('bob')).client
    expect((await open(alice, `${world.publicUrl}/page/x`)).status).toBe(200)
    const page = await open(alice, `${world.publicUrl}/page/x`)
    expect(page.status).toBe(429)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.text).toContain('Too many requests')
    expect((await open(bob, `${world.publicUrl}/page/x`)).status).toBe(200)
  })
})

test('a quota by subject counts each person alone, though one client calls for all', async () => {
  const alice = await machines.authorize({ client_id: 'app', sub: 'alice' })
  const bob = await machines.authorize({ client_id: 'app', sub: 'bob' })
  expect(await statusesOf(2, '/subject/x', alice)).toEqual([200, 429])
  expect((await call('/subject/x', bob)).status).toBe(200)
})

test('a quota by subject counts by address where nobody is signed in', async () => {
  expect((await call('/optional/x', from('192.0.2.8'))).status).toBe(200)
  expect((await call('/optional/x', from('192.0.2.8'))).status).toBe(429)
  expect((await call('/optional/x', from('192.0.2.9'))).status).toBe(200)
})

describe('a quota that routes share', () => {
  test('counts requests to all of them together', async () => {
    const fields = await machines.authorize({ client_id: 's-1' })
    expect(await statusesOf(2, '/a/x', fields)).toEqual([200, 200])
    expect(await statusesOf(2, '/b/x', fields)).toEqual([200, 429])
    expect(await statusesOf(1, '/a/x', fields)).toEqual([429])
  })

  test('stands beside the quotas of a route under its name', async () => {
    const answer = await call('/b/x', await machines.authorize({ client_id: 's-2' }))
    expect(policiesOf(answer)).toEqual(['"both";q=3;w=86400, "client-minute";q=9;w=60'])
    expect(limitsOf(answer)).toEqual(['"both";r=2;t=57600, "client-minute";r=8;t=54'])
  })
})

test('of several quotas, one that is used up leaves the others as they were', async () => {
  const fields = await machines.authorize({ client_id: 't-1' })
  expect(await statusesOf(5, '/two/x', fields)).toEqual([200, 200, 429, 429, 429])
  expect(limitsOf(await call('/two/x', fields))).toEqual([
    '"client-minute";r=7;t=47, "client-day";r=0;t=43200',
  ])
})

describe('a quota by address', () => {
  test('is judged before anybody asks who is calling', async () => {
    const bad = ['Authorization', 'Bearer not-a-token', ...from('192.0.2.20')]
    expect(await statusesOf(3, '/strangers/x', bad)).toEqual([401, 401, 429])
    const good = await machines.authorize({ client_id: 'a-1' })
    expect((await call('/strangers/x', [...good, ...from('192.0.2.20')])).status).toBe(429)
    const elsewhere = await call('/strangers/x', [...good, ...from('192.0.2.21')])
    expect(elsewhere.status).toBe(200)
    expect(policiesOf(elsewhere)).toEqual(['"strangers";q=4;w=3600;postern-burst=2'])
  })

  test('is told on a 401 as well', async () => {
    const answer = await call('/strangers/x', from('192.0.2.22'))
    expect(answer.status).toBe(401)
    expect(limitsOf(answer)).toEqual(['"strangers";r=1;t=900'])
  })

  test('counts an IPv6 network of 64 bits as one', async () => {
    expect((await call('/address/x', from('2001:db8:5::1'))).status).toBe(200)
    expect((await call('/address/x', from('2001:db8:5::2:1'))).status).toBe(429)
    expect((await call('/address/x', from('2001:db8:5:1::1'))).status).toBe(200)
  })

  test('counts WebSockets that are opened', async () => {
    const key = ['Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']
    const fields = ['Connection', 'Upgrade', 'Upgrade', 'websocket', ...key, ...from('192.0.2.30')]
    expect((await call('/ws/x', from('192.0.2.30'))).status).toBe(200)
    const refused = await call('/ws/x', fields)
    expect(refused.status).toBe(429)
    expect(upstream.requests.filter(({ isUpgrade }) => isUpgrade)).toEqual([])
  })
})

test('a quota by route counts everybody together, and nobody who may not pass', async () => {
  expect(await statusesOf(5, '/route/x')).toEqual([401, 401, 401, 401, 401])
  const one = await machines.authorize({ client_id: 'r-1' })
  const other = await machines.authorize({ client_id: 'r-2' })
  expect((await call('/route/x', one)).status).toBe(200)
  expect((await call('/route/x', other)).status).toBe(200)
  expect((await call('/route/x', one)).status).toBe(429)
})

test('a burst is how many may come at once; the limit is how fast they come back', async () => {
  expect(await statusesOf(3, '/burst/x')).toEqual([200, 200, 429])
  now += 9
  expect(await statusesOf(2, '/burst/x')).toEqual([200, 429])
  now += 1000
  expect(await statusesOf(3, '/burst/x')).toEqual([200, 200, 429])
})

describe("the application's own limits", () => {
  test('stand beside ours where they can be told apart', async () => {
    const [theirs, ours] = limitsOf(await call('/own/new'))
    expect(theirs).toBe('"app";r=1;t=7')
    expect(ours).toMatch(/^"route-day";r=9\d\d;t=\d+$/)
  })

  test('are left out where no reader could take both for one list', async () => {
    const limits = limitsOf(await call('/own/old'))
    expect(limits).toHaveLength(1)
    expect(limits[0]).toMatch(/^"route-day"/)
  })

  test('pass as they are where they have another name, or the route has no quotas', async () => {
    const busy = await call('/own/busy')
    expect(busy.status).toBe(429)
    expect(busy.headers['x-ratelimit-limit']).toBe('9')
    expect(limitsOf(busy)).toHaveLength(1)
  })
})

test('a script of a listed origin can read that it was refused, and until when', async () => {
  const fields = [...asScript, 'Origin', 'https://spa.example']
  expect((await call('/cors/x', fields)).status).toBe(200)
  const refused = await call('/cors/x', fields)
  expect(refused.status).toBe(429)
  expect(refused.headers['access-control-allow-origin']).toBe('https://spa.example')
  expect(refused.headers['access-control-expose-headers']).toContain('RateLimit')
})

test('a route without quotas says nothing of any', async () => {
  const { client } = await world.signIn('alice')
  const answer = await client.request(`${world.publicUrl}/x`, { fields: asNavigation })
  expect(answer.status).toBe(200)
  expect([...limitsOf(answer), ...policiesOf(answer)]).toEqual([])
})
