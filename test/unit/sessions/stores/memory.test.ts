import { expect, test } from 'vitest'
import { aSignIn, countEvents, FakeClock, signIn, startReplica } from '../world.ts'

test('beyond the bound a session that was not used of late is ended and its WebSockets closed', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ clock, maxSessions: 2 })
  const first = await signIn(replica, aSignIn(clock.now()))
  const second = await signIn(replica, aSignIn(clock.now()))
  expect(await replica.lookUp(first.browser.header)).toBeDefined()
  const third = await signIn(replica, aSignIn(clock.now()))
  expect(await replica.lookUp(second.browser.header)).toBeUndefined()
  expect(await replica.lookUp(first.browser.header)).toBeDefined()
  expect(await replica.lookUp(third.browser.header)).toBeDefined()
  expect(replica.endedIds).toEqual([second.session.id])
  expect(await countEvents(replica.metrics, 'evicted')).toBe(1)
})

test('beyond the bound each sign-in ends one session, never its own, also where all were used of late', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ clock, maxSessions: 3 })
  const early = []
  for (let count = 0; count < 3; count += 1) {
    early.push(await signIn(replica, aSignIn(clock.now())))
    clock.advance(1)
  }
  for (const { browser } of early) expect(await replica.lookUp(browser.header)).toBeDefined()
  const late = await signIn(replica, aSignIn(clock.now()))
  expect(replica.endedIds).toHaveLength(1)
  expect(early.map(({ session }) => session.id)).toContain(replica.endedIds[0])
  expect(await replica.lookUp(late.browser.header)).toBeDefined()
})

test('sessions that are used again after every sign-in outlive any number of sign-ins', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ clock, maxSessions: 4 })
  const used = await signIn(replica, aSignIn(clock.now()))
  for (let count = 0; count < 20; count += 1) {
    expect(await replica.lookUp(used.browser.header)).toBeDefined()
    await signIn(replica, aSignIn(clock.now()))
  }
  expect(await replica.lookUp(used.browser.header)).toBeDefined()
  expect(await countEvents(replica.metrics, 'evicted')).toBe(17)
})

test('sessions that are over make room before anyone is evicted', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ clock, maxSessions: 8, idleMs: 60_000 })
  for (let round = 0; round < 5; round += 1) {
    for (let count = 0; count < 4; count += 1) await signIn(replica, aSignIn(clock.now()))
    clock.advance(61)
  }
  expect(await countEvents(replica.metrics, 'evicted')).toBe(0)
})
