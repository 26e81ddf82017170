import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/httpClient.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startWorld, type World } from '../support/world.ts'
import { fetchAs, jsonOf, open, problemOf, sessionCookiesOf, until } from './steps.ts'

let redis: RedisServer
let world: World
beforeEach(async () => {
  redis = await startRedis()
  world = await startRedisWorld()
})
afterEach(async () => {
  redis.resume()
  await world.stop()
  await redis.stop()
})

// Because what the near cache still knows needs no Redis, it is off where an outage is to be seen at once.
const startRedisWorld = (nearCache = 0) =>
  startWorld({
    sessions: {
      store: 'redis',
      keys: ['a-key-of-32-bytes-that-nobody-else-has-used'],
      // Because a busy machine alone may take longer than the default of 200 ms.
      redis: { url: redis.url, commandTimeout: '600ms' },
      nearCache: { maxSessions: nearCache },
    },
  })

const readyz = () => createHttpClient().request(`${world.adminUrl}/readyz`)

async function isReady(): Promise<boolean> {
  const { checks } = jsonOf(await readyz())
  return (
    typeof checks === 'object' &&
    checks !== null &&
    'sessions' in checks &&
    checks.sessions === true
  )
}

async function timed(ask: () => Promise<HttpAnswer>): Promise<{ answer: HttpAnswer; ms: number }> {
  const start = performance.now()
  return { answer: await ask(), ms: performance.now() - start }
}

async function expectRefusedInTime(client: HttpClient): Promise<void> {
  const cookies = sessionCookiesOf(client)
  const before = world.upstream.requests.length
  const { answer, ms } = await timed(() => fetchAs(client, `${world.publicUrl}/x`))
  expect(answer.status).toBe(503)
  expect(problemOf(answer).code).toBe('session_store_unavailable')
  expect(ms).toBeLessThan(4000)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.setCookies).toEqual([])
  expect(sessionCookiesOf(client)).toEqual(cookies)
  expect(world.upstream.requests).toHaveLength(before)
}

const waysToFail: [string, () => unknown, () => unknown][] = [
  ['that stops answering', () => redis.pause(), () => redis.resume()],
  ['whose process is gone', () => redis.kill(), () => redis.restart()],
]

describe.each(waysToFail)('a Redis %s', (_name, fail, recover) => {
  test('is 503 within two seconds, no cookie is lost, and nobody is taken for signed out', async () => {
    const { client } = await world.signIn()
    await fail()
    await expectRefusedInTime(client)
    const page = await open(client, `${world.publicUrl}/x`)
    expect(page.status).toBe(503)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.text).toContain('session_store_unavailable')
    await recover()
  })

  test('does not keep public routes, or people without a cookie, from being served', async () => {
    const { client } = await world.signIn()
    await fail()
    expect((await client.request(`${world.publicUrl}/public/x`)).status).toBe(200)
    expect((await client.request(`${world.publicUrl}/optional/x`)).status).toBe(503)
    const stranger = world.browser()
    expect((await stranger.request(`${world.publicUrl}/public/x`)).status).toBe(200)
    expect((await stranger.request(`${world.publicUrl}/optional/x`)).status).toBe(200)
    expect((await fetchAs(stranger, `${world.publicUrl}/x`)).status).toBe(401)
    expect((await open(stranger, `${world.publicUrl}/x`)).status).toBe(302)
    await recover()
  })

  test('is seen by /readyz, and so is its return', async () => {
    await until(isReady)
    await fail()
    await until(async () => !(await isReady()))
    expect((await readyz()).status).toBe(503)
    await recover()
    await until(isReady)
    expect((await readyz()).status).toBe(200)
  })

  test('makes a logout say that it did not work, and it is made up for', async () => {
    const { client } = await world.signIn()
    const copy = client.cookies.fieldFor(world.publicUrl)!
    await fail()
    const { answer, ms } = await timed(() => open(client, `${world.publicUrl}/.postern/logout`))
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('logout_incomplete')
    expect(answer.text).not.toMatch(/signed out|stay signed in/i)
    expect(sessionCookiesOf(client)).toEqual([])
    expect(ms).toBeLessThan(4000)
    await recover()
    await until(async () => {
      const fields = ['Cookie', copy]
      return (await world.browser().request(`${world.publicUrl}/x`, { fields })).status === 401
    })
    await until(async () => (await redis.client.keys('postern:session:*')).length === 0)
  })

  test('keeps nobody from signing in again once it is back', async () => {
    await fail()
    const client = world.browser()
    const form = await client.navigate(`${world.publicUrl}/x`)
    const refused = await client.submitForm(form, { login: 'alice', password: 'alice' })
    expect(refused.status).toBe(503)
    expect(sessionCookiesOf(client)).toEqual([])
    await recover()
    await until(isReady)
    const page = await client.navigate(`${world.publicUrl}/x`)
    expect(page.status).toBe(200)
  })
})

test('a session is served again as soon as a stalled Redis goes on', async () => {
  const { client } = await world.signIn()
  redis.pause()
  await expectRefusedInTime(client)
  redis.resume()
  await until(async () => (await fetchAs(client, `${world.publicUrl}/x`)).status === 200)
})

test('after a Redis that came back empty people sign in anew', async () => {
  const { client } = await world.signIn()
  await redis.kill()
  await expectRefusedInTime(client)
  await redis.restart()
  await until(async () => (await fetchAs(client, `${world.publicUrl}/x`)).status === 401)
  const page = await client.navigate(`${world.publicUrl}/x`)
  expect(page.status).toBe(200)
})

test('a gateway that starts before its Redis waits for it, and says so', async () => {
  await world.stop()
  await redis.kill()
  world = await startRedisWorld()
  expect(await isReady()).toBe(false)
  expect((await world.browser().request(`${world.publicUrl}/public/x`)).status).toBe(200)
  const ticket = `${'A'.repeat(43)}.${'A'.repeat(43)}`
  const fields = ['Cookie', `postern=${ticket}`]
  const answer = await world.browser().request(`${world.publicUrl}/x`, { fields })
  expect(answer.status).toBe(503)
  await redis.restart()
  await until(isReady)
  const { page } = await world.signIn()
  expect(page.status).toBe(200)
})

test('who was served a moment ago is still served while Redis stalls, for 5 s at most', async () => {
  await world.stop()
  world = await startRedisWorld(100)
  const { client } = await world.signIn()
  expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
  redis.pause()
  const start = performance.now()
  expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
  await until(async () => (await fetchAs(client, `${world.publicUrl}/x`)).status === 503, 6000, 100)
  expect(performance.now() - start).toBeLessThan(12_000)
})
