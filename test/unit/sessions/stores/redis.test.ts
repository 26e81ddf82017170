import { expect, test } from 'vitest'
import type { RedisServer } from '../../../support/redis.ts'
import {
  aSignIn,
  FakeClock,
  refusalOf,
  signIn,
  startRedisReplica,
  startReplica,
  startTestRedis,
  until,
} from '../world.ts'

const aSignInNow = () => aSignIn(Date.now() / 1000)

async function dump(redis: RedisServer): Promise<string> {
  const keys = await redis.client.keys('*')
  const values = await Promise.all(keys.map((key) => redis.client.getBuffer(key)))
  return keys.join('\n') + values.map((value) => value?.toString('latin1')).join('\n')
}

test('a dump of Redis has no token, no claim, no handle and no key in it', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis)
  const { browser } = await signIn(replica, aSignInNow())
  const [handle = '', key = ''] = (browser.cookies.get('__Host-postern') ?? '').split('.')
  const dumped = await dump(redis)
  expect(await redis.client.dbsize()).toBe(1)
  const raw = [handle, key].map((part) => Buffer.from(part, 'base64url').toString('latin1'))
  for (const secret of ['person-1', 'staff', 'the-access', 'the-id', handle, key, ...raw]) {
    expect(dumped).not.toContain(secret)
  }
})

test('nothing is stored for a request that nobody signed in', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis)
  await replica.lookUp(`__Host-postern=${'A'.repeat(43)}.${'A'.repeat(43)}`)
  await replica.end('__Host-postern=x')
  expect(await redis.client.dbsize()).toBe(0)
})

test('a session lives in Redis for its idle timeout, and use makes that longer', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const replica = await startRedisReplica(redis, { clock, idleMs: 600_000, lifetimeMs: 3_600_000 })
  const { browser, session } = await signIn(replica, aSignIn(clock.now() + 7200))
  const key = `postern:session:${session.id}`
  expect(await redis.client.pttl(key)).toBeLessThanOrEqual(600_000)
  await redis.client.pexpire(key, 1000)
  await replica.lookUp(browser.header)
  expect(await redis.client.pttl(key)).toBeLessThanOrEqual(1000)
  clock.advance(60)
  await replica.lookUp(browser.header)
  await until(async () => (await redis.client.pttl(key)) > 590_000)
  clock.advance(3600 - 60 - 120)
  await replica.lookUp(browser.header)
  await until(async () => (await redis.client.pttl(key)) <= 120_000)
})

test('a session that was idle in Redis is over', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis, { idleMs: 300 })
  const { browser } = await signIn(replica, aSignInNow())
  expect(await replica.lookUp(browser.header)).toBeDefined()
  await until(async () => (await redis.client.dbsize()) === 0)
  await until(async () => (await replica.lookUp(browser.header)) === undefined)
})

test('a session used on one replica is not idle on another that saw it long ago', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const [one, two] = [
    await startRedisReplica(redis, { clock, idleMs: 600_000 }),
    await startRedisReplica(redis, { clock, idleMs: 600_000 }),
  ]
  const { browser } = await signIn(one, aSignIn(clock.now() + 7200))
  expect(await two.lookUp(browser.header)).toBeDefined()
  for (let minute = 0; minute < 15; minute += 1) {
    clock.advance(60)
    expect(await one.lookUp(browser.header)).toBeDefined()
  }
  expect(await two.lookUp(browser.header)).toBeDefined()
})

test('a session that somebody deletes in Redis is noticed within 5 seconds', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const replica = await startRedisReplica(redis, { clock })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  await redis.client.flushall()
  clock.advance(4.9)
  expect(replica.find(browser.header)).not.toBeInstanceOf(Promise)
  clock.advance(0.1)
  expect(await replica.lookUp(browser.header)).toBeUndefined()
})

test('an unchanged session is the same object after it was read again', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const replica = await startRedisReplica(redis, { clock })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  const before = await replica.lookUp(browser.header)
  clock.advance(6)
  const after = await replica.lookUp(browser.header)
  expect(after?.session).toBe(before?.session)
})

test('a value that somebody broke is no session and a warning', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis)
  const { browser, session } = await signIn(replica, aSignInNow())
  const key = `postern:session:${session.id}`
  const genuine = (await redis.client.getBuffer(key)) ?? Buffer.alloc(0)
  const flipped = Buffer.from(genuine)
  flipped[genuine.length - 1] = 1 ^ (genuine.at(-1) ?? 0)
  const broken = ['', 'junk', genuine.subarray(0, 20), genuine.subarray(0, -1), flipped]
  for (const value of broken) {
    await redis.client.set(key, value)
    const reader = await startRedisReplica(redis)
    expect(await reader.lookUp(browser.header)).toBeUndefined()
    expect(reader.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  }
})

test('a server that stalls is a 503 within the command timeout, and then serves again', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const replica = await startRedisReplica(redis, { clock, commandTimeoutMs: 200 })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  clock.advance(6)
  redis.pause()
  const startedAt = performance.now()
  expect(await refusalOf(replica.lookUp(browser.header))).toBe('session_store_unavailable')
  expect(performance.now() - startedAt).toBeLessThan(3000)
  await expect(replica.lookUp(browser.header)).rejects.toMatchObject({
    detail: 'redis: no answer within sessions.redis.commandTimeout',
  })
  expect(replica.isReady()).toBe(false)
  redis.resume()
  await until(() => replica.isReady())
  expect(await replica.lookUp(browser.header)).toBeDefined()
})

test('a server that was killed is a 503 at once, and is used again when it is back', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis)
  const { browser } = await signIn(replica, aSignInNow())
  await redis.kill()
  await until(() => !replica.isReady())
  const startedAt = performance.now()
  expect(await refusalOf(replica.lookUp(browser.header))).toBe('session_store_unavailable')
  expect(await refusalOf(replica.open(aSignInNow(), 'genauth', undefined))).toBe(
    'session_store_unavailable',
  )
  expect(performance.now() - startedAt).toBeLessThan(3000)
  await expect(replica.lookUp(browser.header)).rejects.toMatchObject({
    detail: 'redis: not connected',
  })
  await redis.restart()
  await until(() => replica.isReady())
  expect(await replica.lookUp(browser.header)).toBeUndefined()
  await signIn(replica, aSignInNow(), browser)
  expect(await replica.lookUp(browser.header)).toBeDefined()
})

test('a gateway that starts before its Redis is not ready, and recovers by itself', async () => {
  const redis = await startTestRedis()
  await redis.kill()
  const replica = startReplica({ store: 'redis', redis })
  expect(replica.isReady()).toBe(false)
  const cookies = `__Host-postern=${'A'.repeat(43)}.${'A'.repeat(43)}`
  expect(await refusalOf(replica.lookUp(cookies))).toBe('session_store_unavailable')
  await redis.restart()
  await until(() => replica.isReady())
  expect(await replica.lookUp(cookies)).toBeUndefined()
})

test('a logout while Redis is away deletes the cookie, refuses its copies, and is made up for', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis, { commandTimeoutMs: 200 })
  const { browser, session } = await signIn(replica, aSignInNow())
  redis.pause()
  const attempt = replica.end(browser.header)
  await expect(attempt).rejects.toMatchObject({
    code: 'logout_incomplete',
    options: { setCookies: [expect.stringContaining('Max-Age=0')] },
  })
  expect(await replica.lookUp(browser.header)).toBeUndefined()
  redis.resume()
  await until(async () => (await redis.client.exists(`postern:session:${session.id}`)) === 0)
  expect(await replica.lookUp(browser.header)).toBeUndefined()
})

test('password and TLS with an own certificate authority', async () => {
  const redis = await startTestRedis({ password: 'let-me-in', tls: true })
  const replica = await startRedisReplica(redis, { redisPassword: 'let-me-in' })
  const { browser } = await signIn(replica, aSignInNow())
  expect(await replica.lookUp(browser.header)).toBeDefined()
})

test('a wrong password is not ready, a 503, and not in the log', async () => {
  const redis = await startTestRedis({ password: 'let-me-in' })
  const replica = startReplica({ store: 'redis', redis, redisPassword: 'wrong-password' })
  await until(() => replica.log.lines.some(({ level }) => level === 'warn'))
  expect(replica.isReady()).toBe(false)
  const attempt = replica.open(aSignInNow(), 'genauth', undefined)
  expect(await refusalOf(attempt)).toBe('session_store_unavailable')
  expect(JSON.stringify(replica.log.lines)).not.toContain('wrong-password')
})
