import { describe, expect, test } from 'vitest'
import type { Secret } from '../../../src/crypto/secret.ts'
import {
  aKey,
  anotherKey,
  aSignIn,
  Browser,
  countEvents,
  FakeClock,
  signIn,
  startRedisReplica,
  startReplica,
  startTestRedis,
  type Replica,
  type ReplicaInput,
} from './world.ts'

const stores = ['cookie', 'memory', 'redis'] as const

async function startWith(store: (typeof stores)[number], input: ReplicaInput): Promise<Replica> {
  if (store !== 'redis') return startReplica({ ...input, store })
  return startRedisReplica(await startTestRedis(), input)
}

describe.each(stores)('with the %s store', (store) => {
  test('a session is found by the cookies that its login set', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock })
    const { browser, session } = await signIn(replica, aSignIn(clock.now()))
    const found = await replica.lookUp(`theme=dark; ${browser.header}`)
    expect(found?.session).toEqual(session)
    expect(found?.session.claims).toEqual(aSignIn(0).claims)
    expect(found?.setCookies).toEqual([])
  })

  test('the second request of a session is answered without a promise, with the same object', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    const first = await replica.lookUp(browser.header)
    const second = replica.find(browser.header)
    expect(second).not.toBeInstanceOf(Promise)
    expect(second).toBe(first)
  })

  test('requests without our cookie, or with two of it, are signed out', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    expect(replica.find(undefined)).toBeUndefined()
    expect(replica.find('theme=dark')).toBeUndefined()
    expect(replica.find(`${browser.header}; __Host-postern=x`)).toBeUndefined()
    expect(replica.find(`${browser.header}; ${browser.header}`)).toBeUndefined()
  })

  test('logging out ends the session for every later request with its cookie', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock })
    const { browser, session } = await signIn(replica, aSignIn(clock.now()))
    const replayed = browser.header
    const ended = await replica.end(replayed)
    expect(ended.session?.id).toBe(session.id)
    expect(browser.accept(ended.setCookies).header).toBe('')
    expect(await replica.lookUp(replayed)).toBeUndefined()
    expect(replica.endedIds).toEqual([session.id])
    expect(await countEvents(replica.metrics, 'ended')).toBe(1)
  })

  test('logging out without a session deletes the cookies all the same', async () => {
    const replica = await startWith(store, {})
    const ended = await replica.end('__Host-postern=junk; __Host-postern.1=junk; other=1')
    expect(ended.session).toBeUndefined()
    expect(new Browser().accept(ended.setCookies).header).toBe('')
    expect(ended.setCookies.map((line) => line.split('=')[0])).toEqual([
      '__Host-postern',
      '__Host-postern.1',
    ])
  })

  test('a new login gets a new id and ends the session from before it', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock })
    const first = await signIn(replica, aSignIn(clock.now()))
    const fixed = first.browser.header
    const second = await signIn(replica, aSignIn(clock.now()), first.browser)
    expect(second.session.id).not.toBe(first.session.id)
    expect(await replica.lookUp(fixed)).toBeUndefined()
    expect((await replica.lookUp(second.browser.header))?.session.id).toBe(second.session.id)
    expect(replica.endedIds).toEqual([first.session.id])
  })

  test('a session ends at its absolute lifetime however much it is used', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock, lifetimeMs: 3_600_000, idleMs: 1_200_000 })
    const { browser } = await signIn(replica, aSignIn(clock.now() + 7200))
    for (let minutes = 0; minutes < 59; minutes += 1) {
      clock.advance(60)
      const found = await replica.lookUp(browser.header)
      expect(found).toBeDefined()
      browser.accept(found?.setCookies ?? [])
    }
    clock.advance(60)
    expect(await replica.lookUp(browser.header)).toBeUndefined()
  })

  test('the cookie dies with the session and cannot be read by scripts', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock, lifetimeMs: 3_600_000 })
    const opened = await replica.open(aSignIn(clock.now()), 'genauth', undefined)
    expect(opened.setCookies).toHaveLength(1)
    expect(opened.setCookies[0]).toMatch(
      /^__Host-postern=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600$/,
    )
  })

  test('no cookie, token or claim is in the log', async () => {
    const clock = new FakeClock()
    const replica = await startWith(store, { clock })
    const { browser } = await signIn(replica, aSignIn(clock.now()))
    await replica.end(browser.header)
    const written = JSON.stringify(replica.log.lines)
    for (const secret of ['the-access-token', 'the-refresh-token', 'person-1']) {
      expect(written).not.toContain(secret)
    }
    expect(written).not.toContain(browser.header.slice(20))
  })
})

describe.each(['cookie', 'memory'] as const)('with the %s store', (store) => {
  test('a session unused for the idle timeout ends; one that is used does not', async () => {
    const clock = new FakeClock()
    const replica = startReplica({ store, clock, idleMs: 600_000 })
    const used = await signIn(replica, aSignIn(clock.now() + 7200))
    const unused = await signIn(replica, aSignIn(clock.now() + 7200))
    for (let minutes = 0; minutes < 11; minutes += 1) {
      clock.advance(60)
      const found = await replica.lookUp(used.browser.header)
      expect(found).toBeDefined()
      used.browser.accept(found?.setCookies ?? [])
    }
    expect(await replica.lookUp(unused.browser.header)).toBeUndefined()
  })
})

describe.each(['cookie', 'redis'] as const)('with the %s store', (store) => {
  test('a key that was rotated out of first place still opens; one that is gone does not', async () => {
    const redis = await startTestRedis()
    const start = (keys: readonly Secret[]) =>
      store === 'cookie' ? startReplica({ store, keys }) : startRedisReplica(redis, { keys })
    const { browser } = await signIn(await start([aKey]), aSignIn(Date.now() / 1000))
    expect(await (await start([anotherKey, aKey])).lookUp(browser.header)).toBeDefined()
    expect(await (await start([anotherKey])).lookUp(browser.header)).toBeUndefined()
  })
})

test('the near cache is bounded, and a session that it forgot is read again', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ clock, nearCacheSessions: 2 })
  const browsers = []
  for (let count = 0; count < 3; count += 1) {
    browsers.push((await signIn(replica, aSignIn(clock.now()))).browser)
  }
  const gauge = await replica.metrics.nearCacheSessions.get()
  expect(gauge.values[0]?.value).toBe(2)
  for (const browser of browsers) expect(await replica.lookUp(browser.header)).toBeDefined()
})
