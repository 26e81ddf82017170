import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpAnswer } from '../support/httpClient.ts'
import { fieldValues, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'

const spa = 'https://spa.example'
const other = 'https://other.example'

let upstream: Upstream
let world: World

beforeAll(async () => {
  // An application with a generous mind of its own about CORS.
  upstream = await startUpstream((_, response) => {
    response.writeHead(200, {
      'Access-Control-Allow-Origin': '*',
      'access-control-allow-credentials': 'true',
      'Access-Control-Expose-Headers': 'X-Secret',
      'Access-Control-Max-Age': '9999',
      Vary: 'Accept-Encoding',
      'X-Total': '7',
    })
    response.end('from the application')
  })
  const cors = {
    origins: [spa, 'https://SPA2.example:443'],
    exposeHeaders: ['X-Total'],
    credentials: true,
    maxAge: '10m',
  }
  const route = { upstream: 'app', access: 'public' } as const
  world = await startWorld({
    upstream,
    routes: [
      { match: { path: '/api/**', methods: ['GET', 'PUT'] }, ...route, cors },
      { match: { path: '/api/closed/**' }, upstream: 'app', cors },
      { match: { path: '/api/closed/to-scripts', methods: ['PUT'] }, upstream: 'app' },
      { match: { path: '/get-only/**' }, ...route, cors: { ...cors, methods: ['GET'] } },
      { match: { path: '/any/**' }, ...route, cors: { origins: ['*'], headers: [] } },
      { match: { path: '/plain/**' }, ...route },
      { match: { path: '/down/**' }, ...route, upstream: 'gone', cors },
      { match: { path: '/staff/**' }, upstream: 'app', cors, require: { groups: ['nobody'] } },
    ],
    config: { upstreams: { gone: { url: 'http://127.0.0.1:9' } } },
  })
})

afterAll(async () => {
  await world.stop()
  await upstream.close()
})

function ask(path: string, fields: readonly string[], method = 'GET'): Promise<HttpAnswer> {
  return world.browser().request(world.publicUrl + path, { method, fields })
}

function preflight(path: string, origin: string, method: string): Promise<HttpAnswer> {
  const fields = ['Origin', origin, 'Access-Control-Request-Method', method]
  return ask(path, [...fields, 'Access-Control-Request-Headers', 'authorization'], 'OPTIONS')
}

/** All that an answer says about CORS, each as one line. */
function corsOf({ rawHeaders }: HttpAnswer): string[] {
  return rawHeaders
    .flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []))
    .filter((line) => /^access-control-/i.test(line))
    .sort()
}

function varyOf({ rawHeaders }: HttpAnswer): string {
  return fieldValues(rawHeaders, 'Vary').join(', ')
}

const toSpa = [
  'Access-Control-Allow-Credentials: true',
  `Access-Control-Allow-Origin: ${spa}`,
  'Access-Control-Expose-Headers: WWW-Authenticate, X-Total',
]

test('a preflight from a listed origin is answered here, and never reaches the application', async () => {
  const before = upstream.requests.length
  const answer = await preflight('/api/books', spa, 'PUT')
  expect(answer.status).toBe(204)
  expect(answer.headers['content-length']).toBeUndefined()
  expect(corsOf(answer)).toEqual([
    'Access-Control-Allow-Credentials: true',
    'Access-Control-Allow-Headers: Authorization, Content-Type',
    'Access-Control-Allow-Methods: PUT',
    `Access-Control-Allow-Origin: ${spa}`,
    'Access-Control-Max-Age: 600',
  ])
  expect(varyOf(answer)).toBe(
    'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  )
  expect(upstream.requests).toHaveLength(before)
})

test('an origin is compared as browsers write it', async () => {
  expect((await preflight('/api/x', 'https://spa2.example', 'GET')).status).toBe(204)
  for (const origin of ['https://spa.example.evil', 'http://spa.example', 'HTTPS://SPA.EXAMPLE']) {
    const answer = await preflight('/api/x', origin, 'GET')
    expect(answer.status).toBe(403)
    expect(corsOf(answer)).toEqual([])
  }
  expect((await preflight('/api/x', 'null', 'GET')).status).toBe(403)
})

test('a preflight needs no credentials on a route that does', async () => {
  const answer = await preflight('/api/closed/x', spa, 'DELETE')
  expect(answer.status).toBe(204)
  expect(answer.headers['access-control-allow-methods']).toBe('DELETE')
})

test.each<[string, string, [string, string], number]>([
  ['a method that no route takes', '/api/books', [spa, 'PATCH'], 405],
  ['a method that the route keeps from scripts', '/api/closed/to-scripts', [spa, 'PUT'], 401],
  ['a path that no route takes', '/nothing', [spa, 'GET'], 404],
  ['a route that says nothing about CORS', '/api/closed/to-scripts', [other, 'PUT'], 401],
])('a preflight for %s is refused like any request', async (_, path, [origin, method], status) => {
  const before = upstream.requests.length
  const answer = await preflight(path, origin, method)
  expect(answer.status).toBe(status)
  expect(answer.headers['access-control-allow-methods']).toBeUndefined()
  expect(upstream.requests).toHaveLength(before)
})

test('a preflight of another origin is told that it is the origin, and the log says where to list it', async () => {
  const before = upstream.requests.length
  for (const path of ['/api/closed/x', '/api/books', '/get-only/x']) {
    const answer = await preflight(path, other, 'GET')
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      403,
      { code: 'origin_not_allowed' },
    ])
    expect(corsOf(answer)).toEqual([])
    expect(varyOf(answer)).toBe('Origin')
  }
  expect(upstream.requests).toHaveLength(before)
  const details = () => world.logLines.map(({ detail }) => detail)
  await expect.poll(details).toContain('a preflight whose origin is not in cors.origins')
})

test('methods that the route lists for scripts are all that a preflight gets', async () => {
  expect((await preflight('/get-only/x', spa, 'GET')).status).toBe(204)
  const answer = await preflight('/get-only/x', spa, 'DELETE')
  expect(answer.headers['access-control-allow-methods']).toBeUndefined()
})

test("an answer of the application carries the route's word on CORS in place of its own", async () => {
  const answer = await ask('/api/books', ['Origin', spa])
  expect(answer.text).toBe('from the application')
  expect(corsOf(answer)).toEqual(toSpa)
  expect(varyOf(answer)).toBe('Accept-Encoding, Origin')
})

test('an origin that is not listed is told nothing, whatever the application says', async () => {
  for (const fields of [['Origin', other], ['Origin', 'null'], []]) {
    const answer = await ask('/api/books', fields)
    expect(answer.status).toBe(200)
    expect(corsOf(answer)).toEqual([])
    // Because a cache would hand this answer to a listed origin, too.
    expect(varyOf(answer)).toBe('Accept-Encoding, Origin')
  }
})

test.each([
  ['401', '/api/closed/x', 401],
  ['502', '/down/x', 502],
])('a refusal of ours can be read by a script of a listed origin: %s', async (_, path, status) => {
  const answer = await ask(path, ['Origin', spa])
  expect(answer.status).toBe(status)
  expect(corsOf(answer)).toEqual(toSpa)
  const toOther = await ask(path, ['Origin', other])
  expect(toOther.status).toBe(status)
  expect(corsOf(toOther)).toEqual([])
  expect(varyOf(toOther)).toBe('Origin')
})

test('a 403 can be read by a script of a listed origin', async () => {
  const { client } = await world.signIn('alice', '/staff/x')
  const answer = await client.request(`${world.publicUrl}/staff/x`, { fields: ['Origin', spa] })
  expect(answer.status).toBe(403)
  expect(corsOf(answer)).toEqual(toSpa)
})

test('any origin is any origin, without credentials', async () => {
  const answer = await ask('/any/x', ['Origin', other])
  expect(corsOf(answer)).toEqual([
    'Access-Control-Allow-Origin: *',
    'Access-Control-Expose-Headers: WWW-Authenticate',
  ])
  expect(corsOf(await preflight('/any/x', 'null', 'POST'))).toEqual([
    'Access-Control-Allow-Methods: POST',
    'Access-Control-Allow-Origin: *',
  ])
})

test('a route that says nothing about CORS leaves it to the application', async () => {
  const answer = await ask('/plain/x', ['Origin', other])
  expect(answer.headers['access-control-allow-origin']).toBe('*')
  expect(varyOf(answer)).toBe('Accept-Encoding')
})
