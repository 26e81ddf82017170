import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHttpClient } from '../support/httpClient.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { fieldValues } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { until } from './steps.ts'

let redis: RedisServer
let world: World
beforeEach(async () => {
  redis = await startRedis()
  world = await startWorld({
    replicas: 2,
    // Because quotas are counted there whatever the store of sessions, and a busy machine takes its time.
    sessions: { store: 'memory', redis: { url: redis.url, commandTimeout: '600ms' } },
    routes: [
      {
        match: { path: '/quota/**' },
        access: 'public',
        quotas: [
          { by: 'address', limit: 8, per: 'day' },
          { by: 'route', limit: 8, per: 'day' },
        ],
        upstream: 'app',
      },
      {
        match: { path: '/fast/**' },
        access: 'public',
        quotas: [{ by: 'route', limit: 5, per: 'second' }],
        upstream: 'app',
      },
      { match: { path: '/**' }, access: 'public', upstream: 'app' },
    ],
  })
  await until(() => countLines('connected to redis') === 2)
})
afterEach(async () => {
  redis.resume()
  await world.stop()
  await redis.stop()
})

const countLines = (sentence: string): number =>
  world.logLines.filter(({ msg }) => msg === sentence).length

const ask = (replica: number, path = '/quota/x') =>
  createHttpClient().request(`http://localhost:${world.replicas[replica]!.port}${path}`)

async function statusesOf(replica: number, count: number): Promise<number[]> {
  const statuses: number[] = []
  while (statuses.length < count) statuses.push((await ask(replica)).status)
  return statuses
}

const passed = (count: number) => Array<number>(count).fill(200)

test('two replicas share one quota, and both say how much is left', async () => {
  expect(await statusesOf(0, 3)).toEqual(passed(3))
  expect(await statusesOf(1, 4)).toEqual(passed(4))
  const last = await ask(0)
  expect(last.status).toBe(200)
  const limits = fieldValues(last.rawHeaders, 'ratelimit').join(', ')
  expect(limits).toMatch(/^"address-day";r=0;t=\d+, "route-day";r=0;t=\d+$/)
  expect(await statusesOf(0, 1)).toEqual([429])
  const refused = await ask(1)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(10_000)
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(10_800)
  expect(world.upstream.requests).toHaveLength(8)
})

test('however many ask at once, no more get through than the quota allows', async () => {
  const asking = Array.from({ length: 60 }, (_, at) => ask(at % 2))
  const statuses = (await Promise.all(asking)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(8)
  expect(statuses.filter((status) => status === 429)).toHaveLength(52)
  expect(world.upstream.requests).toHaveLength(8)
})

test('Redis is told neither addresses nor names, and forgets what has filled up again', async () => {
  await ask(0)
  await ask(0, '/fast/x')
  const keys = await redis.client.keys('*')
  expect(keys).toHaveLength(3)
  for (const key of keys) {
    expect(key).toMatch(/^postern:quota:[\w-]{43}$/)
    expect(await redis.client.pttl(key)).toBeGreaterThan(0)
  }
  await until(async () => (await redis.client.keys('*')).length === 2)
})

test('a Redis that dies lets nobody off and locks nobody out: each replica counts on from what it saw', async () => {
  expect(await statusesOf(1, 3)).toEqual(passed(3))
  expect(await statusesOf(0, 4)).toEqual(passed(4))
  await redis.kill()
  expect(await statusesOf(0, 3)).toEqual([200, 429, 429])
  expect(await statusesOf(1, 7)).toEqual([...passed(5), 429, 429])
  expect(countLines('quotas are counted in memory')).toBe(2)
  const url = `http://127.0.0.1:${world.replicas[0]!.adminPort}/metrics`
  const metrics = await createHttpClient().request(url)
  expect(metrics.text).toMatch(/^postern_quota_fallbacks_total 4$/m)
})

test('once Redis is back, replicas share the quota again', async () => {
  await redis.kill()
  expect(await statusesOf(0, 9)).toEqual([...passed(8), 429])
  await redis.restart()
  // Because an empty Redis knows of nothing that was used up.
  await until(async () => (await ask(0)).status === 200)
  await until(async () => (await ask(1)).status === 200)
  expect(countLines('quotas are counted in redis again')).toBeGreaterThan(0)
  await until(async () => (await ask(0)).status === 429)
  await until(async () => (await ask(1)).status === 429)
})

test('a Redis that stalls costs one request its time, and none its answer', async () => {
  redis.pause()
  expect(await statusesOf(0, 9)).toEqual([...passed(8), 429])
  expect(countLines('quotas are counted in memory')).toBe(1)
  redis.resume()
})

test('what somebody wrote into Redis by hand opens no door and stops nobody', async () => {
  await ask(0)
  for (const key of await redis.client.keys('*'))
    await redis.client.set(key, '1e999 x', 'PX', 60_000)
  expect(await statusesOf(0, 1)).toEqual([200])
  for (const key of await redis.client.keys('*'))
    await redis.client.set(key, '1e999 1', 'PX', 60_000)
  expect(await statusesOf(1, 9)).toEqual([...passed(8), 429])
})

test('without quotas on any route, nothing connects to Redis', async () => {
  await using plain = await startWorld({
    sessions: { store: 'memory', redis: { url: redis.url } },
    routes: [{ match: { path: '/**' }, access: 'public', upstream: 'app' }],
  })
  expect((await plain.browser().request(`${plain.publicUrl}/x`)).status).toBe(200)
  expect(plain.logLines.filter(({ role }) => role === 'quotas')).toEqual([])
})
