// Redis or the application is away at the moment at which a right password is to become a session: nobody is signed in by
// half, and nobody is told or written down as if they were.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { startFormWorld, type FormWorld } from '../support/formWorld.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { asScript, problemOf, sessionCookiesOf, until } from './steps.ts'

let redis: RedisServer
let app: FormWorld
beforeEach(async () => {
  redis = await startRedis()
  app = await startFormWorld({
    form: { success: { replay: {} } },
    sessions: {
      store: 'redis',
      keys: ['a-key-of-32-bytes-that-nobody-else-has-used'],
      redis: { url: redis.url, commandTimeout: '600ms' },
    },
    config: { throttling: { account: { failures: 2 }, answerTime: '0s' } },
  })
  await untilSignedIn()
})
afterEach(async () => {
  await app[Symbol.asyncDispose]()
  await redis.stop()
})

async function untilSignedIn(): Promise<void> {
  await until(async () => (await app.post('login=alice&passwd=alice')).status === 200, 20_000)
  app.bodies.length = 0
}

function eventsFrom(start: number): unknown[] {
  return app.world.logLines
    .slice(start)
    .filter(({ event }) => event !== undefined)
    .map(({ event, reason }) => [event, reason])
}

test('a form of the application is a 503 with a name, and reaches nobody', async () => {
  const client = app.world.browser()
  await redis.kill()
  const start = app.world.logLines.length
  for (let at = 0; at < 4; at += 1) {
    const answer = await app.post('login=alice&passwd=alice', { client, as: asScript })
    expect(answer.status).toBe(503)
    expect(problemOf(answer).code).toBe('session_store_unavailable')
  }
  expect(sessionCookiesOf(client)).toEqual([])
  expect(app.bodies).toEqual([])
  expect(eventsFrom(start)).toEqual(
    Array.from({ length: 4 }, () => ['sign_in_failed', 'session_store_unavailable']),
  )
  await redis.restart()
  await untilSignedIn()
}, 60_000)

test('so is the form of the gateway, which can be sent once more', async () => {
  const client = app.world.browser()
  const form = await client.navigate(`${app.world.publicUrl}/.postern/sign-in?rd=/orders`)
  await redis.kill()
  const start = app.world.logLines.length
  const refused = await client.submitForm(form, { username: 'alice', password: 'alice' })
  expect(refused.status).toBe(503)
  expect(refused.text).toContain('session_store_unavailable')
  expect(sessionCookiesOf(client)).toEqual([])
  expect(eventsFrom(start)).toEqual([['sign_in_failed', 'session_store_unavailable']])
  await redis.restart()
  await untilSignedIn()
  const page = await client.submitForm(form, { username: 'alice', password: 'alice' })
  expect(page.url).toBe(`${app.world.publicUrl}/orders`)
  expect(sessionCookiesOf(client)).toEqual(['postern'])
}, 60_000)

test('where the application is away, who has signed in is signed in, and is told that it cannot be reached', async () => {
  const client = app.world.browser()
  await app.world.upstream.close()
  const answer = await app.post('login=alice&passwd=alice', { client, as: asScript })
  expect(answer.status).toBe(502)
  expect(problemOf(answer).code).toBe('upstream_unreachable')
  expect(sessionCookiesOf(client)).toEqual(['postern'])
  expect((await client.request(`${app.world.publicUrl}/.postern/session`)).status).toBe(200)
  expect(app.bodies).toEqual([])
})

test('guesses are counted all the same, and answered like others', async () => {
  await redis.kill()
  const statuses: number[] = []
  for (let at = 0; at < 4; at += 1) statuses.push((await app.post(`login=bob&passwd=${at}`)).status)
  expect(statuses).toEqual([401, 401, 429, 429])
}, 60_000)
