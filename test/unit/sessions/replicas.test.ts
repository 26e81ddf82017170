import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import type { RedisServer } from '../../support/redis.ts'
import { startRelay } from './relay.ts'
import {
  aRenewingIssuer,
  aSignIn,
  FakeClock,
  FakeIssuer,
  refusalOf,
  signIn,
  startRedisReplica,
  startReplica,
  startTestRedis,
  until,
  type Replica,
  type ReplicaInput,
} from './world.ts'

async function startTwo(redis: RedisServer, input: ReplicaInput = {}) {
  return [await startRedisReplica(redis, input), await startRedisReplica(redis, input)] as const
}

async function subscribe(redis: RedisServer, pattern: string) {
  const heard: string[] = []
  const listener = new Redis(redis.url)
  onTestFinished(() => listener.disconnect())
  await listener.psubscribe(pattern)
  listener.on('pmessage', (_pattern: string, _channel: string, message: string) => {
    heard.push(message)
  })
  return { heard }
}

async function countCached(replica: Replica): Promise<number> {
  const { values } = await replica.metrics.nearCacheSessions.get()
  return values[0]?.value ?? 0
}

test('a logout on one replica ends the session on every other at once, near caches included', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const [here, there] = await startTwo(redis, { clock })
  const { browser, session } = await signIn(here, aSignIn(clock.now()))
  await there.lookUp(browser.header)
  expect(there.find(browser.header)).not.toBeInstanceOf(Promise)
  await here.end(browser.header)
  expect(await here.lookUp(browser.header)).toBeUndefined()
  await until(() => there.endedIds.length > 0, 1000)
  expect(there.endedIds).toEqual([session.id])
  expect(here.endedIds).toEqual([session.id])
  expect(await there.lookUp(browser.header)).toBeUndefined()
})

test('what replicas tell each other is the hash of a handle and nothing else', async () => {
  const redis = await startTestRedis()
  const [here] = await startTwo(redis)
  const { heard } = await subscribe(redis, '*')
  const { browser, session } = await signIn(here, aSignIn(Date.now() / 1000))
  await here.end(browser.header)
  await until(() => heard.includes(session.id))
  expect([...new Set(heard)].filter((message) => !message.startsWith('greeting'))).toEqual([
    session.id,
  ])
  expect(browser.header).not.toContain(session.id)
})

test('two replicas with 50 requests each refresh once, and all get the new tokens', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const renewing = aRenewingIssuer(clock)
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const issuer = new FakeIssuer(async (session) => {
    await answered
    return renewing.refresh(session)
  })
  const [here, there] = await startTwo(redis, { clock, issuer })
  const { browser, session } = await signIn(here, aSignIn(clock.now()))
  clock.advance(301)
  const finds = Array.from({ length: 100 }, (_, at) =>
    (at % 2 === 0 ? here : there).lookUp(browser.header),
  )
  await until(() => issuer.calls.length > 0)
  answer()
  const found = await Promise.all(finds)
  expect(issuer.calls).toHaveLength(1)
  for (const each of found) {
    expect(each?.session.tokens.accessToken).toBe('access-token-1')
    expect(each?.session.id).toBe(session.id)
  }
  expect(await redis.client.keys('postern:refresh:*')).toEqual([])
})

test('a refresh on one replica is what the other serves next', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const issuer = aRenewingIssuer(clock)
  const [here, there] = await startTwo(redis, { clock, issuer })
  const { browser } = await signIn(here, aSignIn(clock.now()))
  await there.lookUp(browser.header)
  clock.advance(301)
  await here.lookUp(browser.header)
  const found = await there.lookUp(browser.header)
  expect(found?.session.claims).toEqual({ sub: 'person-1', groups: ['group-1'] })
  expect(issuer.calls).toHaveLength(1)
})

test('a refresh that failed on one replica is not tried by another for 30 s', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const issuer = new FakeIssuer(() => ({ outcome: 'unavailable', detail: 'no answer' }))
  const [here, there] = await startTwo(redis, { clock, issuer })
  const { browser } = await signIn(here, aSignIn(clock.now()))
  clock.advance(301)
  expect(await refusalOf(here.lookUp(browser.header))).toBe('issuer_unavailable')
  expect(await refusalOf(there.lookUp(browser.header))).toBe('issuer_unavailable')
  expect(issuer.calls).toHaveLength(1)
})

test('a logout on another replica while a refresh is in flight wins', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const renewing = aRenewingIssuer(clock)
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const issuer = new FakeIssuer(async (session) => {
    await answered
    return renewing.refresh(session)
  })
  const [here, there] = await startTwo(redis, { clock, issuer })
  const { browser, session } = await signIn(here, aSignIn(clock.now()))
  clock.advance(301)
  const underway = here.lookUp(browser.header)
  await until(() => issuer.calls.length === 1)
  await there.end(browser.header)
  answer()
  expect(await underway).toBeUndefined()
  expect(await redis.client.exists(`postern:session:${session.id}`)).toBe(0)
  expect(await here.lookUp(browser.header)).toBeUndefined()
})

test('a refused refresh ends the session on every replica', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const issuer = new FakeIssuer(() => ({ outcome: 'ended', detail: 'invalid_grant' }))
  const [here, there] = await startTwo(redis, { clock, issuer })
  const { browser } = await signIn(here, aSignIn(clock.now()))
  await there.lookUp(browser.header)
  clock.advance(301)
  expect(await here.lookUp(browser.header)).toBeUndefined()
  await until(() => there.endedIds.length === 1, 1000)
  expect(await there.lookUp(browser.header)).toBeUndefined()
  expect(issuer.calls).toHaveLength(1)
})

test('tokens that Redis could not take are saved when it can, not asked for again', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const renewing = aRenewingIssuer(clock)
  const issuer = new FakeIssuer(async (session) => {
    await redis.client.config('SET', 'maxmemory', '1')
    return renewing.refresh(session)
  })
  const replica = await startRedisReplica(redis, { clock, issuer })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  clock.advance(301)
  expect(await refusalOf(replica.lookUp(browser.header))).toBe('session_store_unavailable')
  await redis.client.config('SET', 'maxmemory', '0')
  const found = await replica.lookUp(browser.header)
  expect(found?.session.tokens.accessToken).toBe('access-token-1')
  const other = await startRedisReplica(redis, { clock, issuer })
  expect((await other.lookUp(browser.header))?.session.tokens.accessToken).toBe('access-token-1')
  expect(issuer.calls).toHaveLength(1)
})

test('a session that was read just before it ended elsewhere is neither served nor kept', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const here = await startRedisReplica(redis, { clock })
  const relay = await startRelay(redis)
  const there = await startRedisReplica(redis, { clock, redisUrl: relay.url })
  const { browser } = await signIn(here, aSignIn(clock.now()))
  const answerIsHeld = relay.hold()
  const underway = there.lookUp(browser.header)
  await answerIsHeld
  await here.end(browser.header)
  await until(() => there.endedIds.length === 1, 1000)
  relay.release()
  expect(await underway).toBeUndefined()
  expect(await there.lookUp(browser.header)).toBeUndefined()
})

test('a session that was read just before it changed elsewhere is not kept, nor served to later requests', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const issuer = aRenewingIssuer(clock)
  const here = await startRedisReplica(redis, { clock, issuer })
  const relay = await startRelay(redis)
  const slowerClock = { now: () => clock.now() - 20 }
  const there = await startRedisReplica(redis, { clock: slowerClock, redisUrl: relay.url })
  const { browser } = await signIn(here, aSignIn(clock.now()))
  await there.lookUp(browser.header)
  expect(await countCached(there)).toBe(1)
  clock.advance(280)
  const answerIsHeld = relay.hold()
  const underway = there.lookUp(browser.header)
  await answerIsHeld
  await here.lookUp(browser.header)
  await until(async () => (await countCached(there)) === 0)
  const later = there.lookUp(browser.header)
  relay.release()
  expect((await later)?.session.tokens.accessToken).toBe('access-token-1')
  expect((await underway)?.session.tokens.accessToken).toBe('the-access-token')
  expect((await there.lookUp(browser.header))?.session.tokens.accessToken).toBe('access-token-1')
})

test('a replica that cannot hear the others reads every time, and caches again when it can', async () => {
  const redis = await startTestRedis()
  const clock = new FakeClock()
  const replica = await startRedisReplica(redis, { clock })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  expect(replica.find(browser.header)).not.toBeInstanceOf(Promise)
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  await until(() => replica.find(browser.header) instanceof Promise)
  await redis.client.del(...(await redis.client.keys('postern:session:*')))
  expect(await replica.lookUp(browser.header)).toBeUndefined()
  await signIn(replica, aSignIn(clock.now()), browser)
  await until(async () => {
    await replica.lookUp(browser.header)
    return !(replica.find(browser.header) instanceof Promise)
  })
})

test('connections that die without a word are replaced, and what ends elsewhere is heard again', async () => {
  const redis = await startTestRedis()
  const here = await startRedisReplica(redis)
  const relay = await startRelay(redis)
  const there = await startRedisReplica(redis, { redisUrl: relay.url, commandTimeoutMs: 500 })
  const { browser, session } = await signIn(here, aSignIn(Date.now() / 1000))
  expect(await there.lookUp(browser.header)).toBeDefined()
  relay.blackHole()
  expect(await refusalOf(there.open(aSignIn(0), 'genauth', undefined))).toBe(
    'session_store_unavailable',
  )
  const isBack = () => there.log.lines.filter(({ sentence }) => sentence === 'connected to redis')
  await until(() => isBack().length === 4, 12_000)
  await until(() => there.isReady())
  await until(async () => {
    await there.lookUp(browser.header)
    return !(there.find(browser.header) instanceof Promise)
  })
  await here.end(browser.header)
  await until(() => there.endedIds.includes(session.id), 1000)
}, 20_000)

test('a server that stalls for long is used again once it goes on', async () => {
  const redis = await startTestRedis()
  const replica = await startRedisReplica(redis, { commandTimeoutMs: 200 })
  const { browser } = await signIn(replica, aSignIn(Date.now() / 1000))
  redis.pause()
  const isLost = () => replica.log.lines.some(({ sentence }) => sentence.includes('failed'))
  await until(async () => {
    await refusalOf(replica.lookUp(browser.header))
    return isLost()
  }, 12_000)
  redis.resume()
  await until(async () => (await refusalOf(replica.lookUp(browser.header))) === 'accepted')
  expect(await replica.lookUp(browser.header)).toBeDefined()
}, 20_000)

test('a copy of a cookie that was logged out is refused, as far as this process knows (cookie store)', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock, idleMs: 12 * 3_600_000 })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  const copy = browser.header
  await replica.end(browser.header)
  clock.advance(3600 * 11)
  expect(await replica.lookUp(copy)).toBeUndefined()
})
