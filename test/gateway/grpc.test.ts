import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpClient, type HttpAnswer } from '../support/httpClient.ts'
import { createMachines } from '../support/machines.ts'
import { startWorld, type World } from '../support/world.ts'
import { followRequests } from './steps.ts'

const machines = createMachines()
let world: World
beforeAll(async () => {
  const route = { authenticate: ['bearer' as const], upstream: 'app' }
  world = await startWorld({
    config: { providers: [machines.provider], prefix: '/.postern' },
    routes: [
      { ...route, match: { path: '/api.Books/**', methods: ['POST'] } },
      { ...route, match: { path: '/api.Scoped/**' }, require: { scopes: ['books:write'] } },
      {
        match: { path: '/api.Public/**' },
        access: 'public',
        upstream: 'app',
        quotas: [{ by: 'route', limit: 1, per: 'day' }],
        cors: { origins: ['https://spa.example'] },
      },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  machines[Symbol.dispose]()
})

const call = (
  path: string,
  fields: readonly string[] = [],
  contentType = 'application/grpc',
): Promise<HttpAnswer> =>
  createHttpClient().request(world.publicUrl + path, {
    method: 'POST',
    fields: ['Content-Type', contentType, 'TE', 'trailers', ...fields],
    body: '\0\0\0\0\0',
  })

/** What a gRPC client makes of it: one that has a body, or another HTTP status, is a broken one. */
function grpcStatusOf(answer: HttpAnswer): number {
  expect(answer.status).toBe(200)
  expect(answer.body).toHaveLength(0)
  return Number(answer.headers['grpc-status'])
}

test.each([
  ['GET', '/api.Scoped/Get', 401],
  ['POST', '/.postern/callback', 405],
  ['GET', '/.postern/callback', 400],
  ['PUT', '/.postern/login', 405],
])('%s %s is no call, whatever its type says: its refusal is %i', async (method, path, status) => {
  const fields = ['Content-Type', 'application/grpc']
  const answer = await createHttpClient().request(world.publicUrl + path, { method, fields })
  expect(answer.status).toBe(status)
  expect(answer.headers['grpc-status']).toBeUndefined()
})

test('a call without a token gets a status that gRPC clients know, and the challenge', async () => {
  const log = followRequests(world)
  const answer = await call('/api.Books/Get')
  expect(grpcStatusOf(answer)).toBe(16)
  expect(answer.headers['content-type']).toBe('application/grpc')
  expect(answer.headers['grpc-message']).toBe('token_required: An access token is needed')
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${world.publicUrl}"`)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(world.upstream.requests).toHaveLength(0)
  expect((await log.next())[0]).toMatchObject({ refusal: 'token_required', status: 200 })
})

test('each refusal has the gRPC status that is meant', async () => {
  const good = await machines.authorize({ client_id: 'a' })
  expect(grpcStatusOf(await call('/api.Books/Get', ['Authorization', 'Bearer x']))).toBe(16)
  expect(grpcStatusOf(await call('/api.Scoped/Get', good))).toBe(7)
  expect(grpcStatusOf(await call('/api.Nothing/Get', good))).toBe(12)
  expect(grpcStatusOf(await call('/api.Books/../x', good))).toBe(3)
  const scope = (await call('/api.Scoped/Get', good)).headers['www-authenticate']
  expect(scope).toContain('scope="books:write"')
})

test('a call that uses up a quota is told when to come again, and by CORS may be read', async () => {
  const fields = ['Origin', 'https://spa.example']
  expect(
    (await call('/api.Public/Get', fields, 'application/grpc-web+proto')).body,
  ).not.toHaveLength(0)
  const answer = await call('/api.Public/Get', fields, 'application/grpc-web+proto')
  expect(grpcStatusOf(answer)).toBe(8)
  expect(answer.headers['content-type']).toBe('application/grpc-web')
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.headers['ratelimit']).toMatch(/^"route-day";r=0;t=\d+$/)
  expect(answer.headers['access-control-allow-origin']).toBe('https://spa.example')
  expect(answer.headers['access-control-expose-headers']).toContain('grpc-status')
})

test('a call that passes is answered by the application alone', async () => {
  const good = await machines.authorize({ client_id: 'b' })
  const answer = await call('/api.Books/Get', good, 'application/grpc+proto')
  expect(answer.status).toBe(200)
  expect(answer.headers['grpc-status']).toBeUndefined()
  expect(world.upstream.requests.at(-1)?.headers['content-type']).toBe('application/grpc+proto')
})

test('what only looks like gRPC is refused like anything else', async () => {
  expect((await call('/api.Books/Get', [], 'application/grpcx')).status).toBe(401)
})
