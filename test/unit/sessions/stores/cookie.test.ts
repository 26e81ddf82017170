import { expect, test } from 'vitest'
import { aSignIn, Browser, FakeClock, refusalOf, signIn, startReplica } from '../world.ts'

const withClaims = (now: number, length: number) =>
  aSignIn(now, { claims: { sub: 'person-1', picture: 'x'.repeat(length) } })

test('a session over one cookie goes into chunks that browsers take, and comes back whole', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser, session } = await signIn(replica, withClaims(clock.now(), 7000))
  expect([...browser.cookies.keys()]).toEqual([
    '__Host-postern',
    '__Host-postern.1',
    '__Host-postern.2',
  ])
  for (const [name, value] of browser.cookies) {
    expect(name.length + value.length).toBeLessThanOrEqual(4096)
  }
  const reader = startReplica({ store: 'cookie', clock })
  expect((await reader.lookUp(browser.header))?.session).toEqual(session)
})

test('chunks that a smaller session no longer needs are deleted', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser } = await signIn(replica, withClaims(clock.now(), 7000))
  await signIn(replica, withClaims(clock.now(), 10), browser)
  expect([...browser.cookies.keys()]).toEqual(['__Host-postern'])
  expect(await replica.lookUp(browser.header)).toBeDefined()
})

test('logging out deletes all chunks', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser } = await signIn(replica, withClaims(clock.now(), 7000))
  const ended = await replica.end(browser.header)
  expect(browser.accept(ended.setCookies).cookies.size).toBe(0)
})

test('a session that no browser would carry is refused by name', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const attempt = replica.open(withClaims(clock.now(), 20_000), 'genauth', undefined)
  expect(await refusalOf(attempt)).toBe('session_too_large')
})

test('the idle timeout is written into the cookie at most once a minute', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser } = await signIn(replica, aSignIn(clock.now() + 7200))
  const sent: number[] = []
  for (let second = 0; second < 180; second += 10) {
    clock.advance(10)
    const found = await replica.lookUp(browser.header)
    browser.accept(found?.setCookies ?? [])
    sent.push(found?.setCookies.length ?? -1)
  }
  expect(sent.filter((count) => count === 1)).toHaveLength(3)
  expect(sent.filter((count) => count === 0)).toHaveLength(15)
})

test('a logout while the cookie is being sealed anew wins', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser } = await signIn(replica, aSignIn(clock.now() + 7200))
  clock.advance(60)
  const underway = replica.lookUp(browser.header)
  await replica.end(browser.header)
  expect(await underway).toBeUndefined()
})

test('another replica judges the idle timeout by the cookie', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock, idleMs: 600_000 })
  const { browser } = await signIn(replica, aSignIn(clock.now() + 7200))
  clock.advance(599)
  expect(
    await startReplica({ store: 'cookie', clock, idleMs: 600_000 }).lookUp(browser.header),
  ).toBeDefined()
  clock.advance(1)
  expect(
    await startReplica({ store: 'cookie', clock, idleMs: 600_000 }).lookUp(browser.header),
  ).toBeUndefined()
})

test('nothing of a session can be read out of its cookie', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  const decoded = browser.header
    .split('*')
    .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    .join('\n')
  for (const secret of ['person-1', 'the-access-token', 'the-refresh-token', 'staff']) {
    expect(browser.header + decoded).not.toContain(secret)
  }
})

test('a browser without cookies is signed out', () => {
  expect(startReplica({ store: 'cookie' }).find(new Browser().header)).toBeUndefined()
})
