import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpClient, rawExchange } from '../support/httpClient.ts'
import { connectRaw } from '../support/rawUpstream.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { fetchAs, problemOf, until } from './steps.ts'

let world: World
let redis: RedisServer
let upstream: Upstream
beforeAll(async () => {
  redis = await startRedis()
  const one = { access: 'public' as const, maxConcurrency: 1, upstream: 'app' }
  upstream = await startUpstream()
  world = await startWorld({
    upstream,
    sessions: { store: 'memory', redis: { url: redis.url, commandTimeout: '10s' } },
    config: {
      upstreams: {
        quick: { url: 'http://127.0.0.1:9', connectTimeout: '200ms' },
        many: { url: upstream.url, connections: 500 },
      },
      listen: { trustedProxies: ['127.0.0.1'] },
    },
    routes: [
      { ...one, match: { path: '/slow' } },
      { ...one, match: { path: '/ends/**' }, maxBodySize: '10B' },
      { ...one, match: { path: '/close' } },
      { ...one, match: { path: '/cut' } },
      { ...one, match: { path: '/gone' }, upstream: 'quick' },
      { ...one, match: { path: '/events' } },
      { ...one, match: { path: '/ws' } },
      {
        ...one,
        match: { path: '/quota' },
        quotas: [{ by: 'route', limit: 1, per: 'day' }],
      },
      { ...one, match: { path: '/counted' }, quotas: [{ by: 'route', limit: 99, per: 'day' }] },
      { ...one, match: { path: '/hang' }, maxConcurrency: 20_000, upstream: 'many' },
      { match: { path: '/private' }, maxConcurrency: 1, upstream: 'app' },
    ],
  })
})
afterAll(async () => {
  redis.resume()
  await world.stop()
  await upstream.close()
  await redis.stop()
})

const ask = (path: string, body?: string) =>
  createHttpClient().request(
    world.publicUrl + path,
    body === undefined ? {} : { method: 'POST', body },
  )

/** The sum of a metric over all its lines for the route. */
async function readMetric(name: string, route: string): Promise<number> {
  const { text } = await createHttpClient().request(`${world.adminUrl}/metrics`)
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{route="${route}"`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** How many requests to the route are under way. */
const countOf = (route: string) => readMetric('postern_route_requests', route)
/** How many have ended. */
const finishedOf = (route: string) => readMetric('postern_request_duration_seconds_count', route)
const becomes = (route: string, count: number) =>
  until(async () => (await countOf(route)) === count, 15_000)

const head = (path: string, ...lines: string[]) =>
  `${[`GET ${path} HTTP/1.1`, `Host: localhost:${world.port}`, ...lines].join('\r\n')}\r\n\r\n`

const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

test('beyond the limit a request is 503 with Retry-After, and is not forwarded', async () => {
  const client = connectRaw(world.port)
  client.send(head('/slow'))
  await becomes('/slow', 1)
  const before = world.upstream.requests.length
  const refused = await ask('/slow')
  expect(refused.status).toBe(503)
  expect(problemOf(refused).code).toBe('route_busy')
  expect(refused.headers['retry-after']).toBe('1')
  expect(world.upstream.requests).toHaveLength(before)
  expect((await ask('/ends/x')).status).toBe(200)
  client.socket.destroy()
  await becomes('/slow', 0)
})

describe('a place is given back when', () => {
  test('the answer is complete', async () => {
    for (let at = 0; at < 5; at += 1) expect((await ask('/ends/x')).status).toBe(200)
    await becomes('/ends/**', 0)
  })

  test('the client leaves before the answer', async () => {
    const client = connectRaw(world.port)
    client.send(head('/slow'))
    await becomes('/slow', 1)
    client.socket.resetAndDestroy()
    await becomes('/slow', 0)
  })

  test('the client leaves in the middle of the answer', async () => {
    const client = connectRaw(world.port)
    client.send(head('/events'))
    await client.waitFor('event 1')
    expect(await countOf('/events')).toBe(1)
    client.socket.destroy()
    await becomes('/events', 0)
  })

  test('the application hangs up, cannot be reached, or breaks off', async () => {
    expect((await ask('/close')).status).toBe(502)
    expect((await ask('/gone')).status).toBe(502)
    await expect(ask('/cut')).rejects.toThrow()
    for (const route of ['/close', '/gone', '/cut']) await becomes(route, 0)
  })

  test('the request is refused behind admission', async () => {
    expect((await ask('/ends/x', 'more than ten bytes')).status).toBe(413)
    await becomes('/ends/**', 0)
    expect((await ask('/ends/x', 'few')).status).toBe(200)
  })

  test('a quota is used up', async () => {
    expect((await ask('/quota')).status).toBe(200)
    await becomes('/quota', 0)
    expect((await ask('/quota')).status).toBe(429)
    await becomes('/quota', 0)
  })

  test('a quota is used up, although the refusal waits behind another answer', async () => {
    const client = connectRaw(world.port)
    client.send(head('/events') + head('/quota'))
    await client.waitFor('event 1')
    await until(async () => (await countOf('/events')) === 1)
    await becomes('/quota', 0)
    const refused = await ask('/quota')
    expect([refused.status, problemOf(refused).code]).toEqual([429, 'quota_exceeded'])
    client.socket.destroy()
    await becomes('/events', 0)
  })

  test('a WebSocket is closed, which holds it as long as it is open', async () => {
    const client = connectRaw(world.port)
    client.send(head('/ws', ...handshake))
    await client.waitFor('101 Switching Protocols')
    expect(await countOf('/ws')).toBe(1)
    expect((await ask('/ws')).status).toBe(503)
    client.socket.destroy()
    await becomes('/ws', 0)
    expect((await ask('/ws')).status).toBe(200)
  })

  test('a WebSocket is refused', async () => {
    const text = await rawExchange(world.port, head('/gone', ...handshake))
    expect(text).toMatch(/^HTTP\/1\.1 502/)
    await becomes('/gone', 0)
  })

  test('the client leaves while Redis is asked', async () => {
    expect((await ask('/counted')).status).toBe(200)
    redis.pause()
    const client = connectRaw(world.port)
    client.send(head('/counted'))
    await becomes('/counted', 1)
    client.socket.destroy()
    await becomes('/counted', 0)
    redis.resume()
    await until(async () => (await ask('/counted')).status === 200)
    await becomes('/counted', 0)
  })
})

test('nobody who may not pass takes a place', async () => {
  const stranger = world.browser()
  expect((await fetchAs(stranger, `${world.publicUrl}/private`)).status).toBe(401)
  expect(await countOf('/private')).toBe(0)
})

test('10,000 requests whose clients leave, a hundred to a connection, leave no place taken', async () => {
  for (let sent = 1000; sent <= 10_000; sent += 1000) {
    const sockets = Array.from({ length: 10 }, () => connect(world.port, '127.0.0.1'))
    for (const socket of sockets) socket.on('error', () => {}).write(head('/hang').repeat(100))
    const haveCome = async () => (await countOf('/hang')) + (await finishedOf('/hang')) === sent
    await until(haveCome, 15_000)
    for (const [at, socket] of sockets.entries()) {
      if (at % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    }
    await becomes('/hang', 0)
  }
  expect(await finishedOf('/hang')).toBe(10_000)
}, 120_000)
