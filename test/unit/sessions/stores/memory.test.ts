import { expect, test } from 'vitest'
import { aSignIn, countEvents, FakeClock, signIn, startReplica } from '../world.ts'

test('beyond the bound the least recently used session is ended and its WebSockets closed', async () => {
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

test('sessions that are over make room before anyone is evicted', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ clock, maxSessions: 8, idleMs: 60_000 })
  for (let round = 0; round < 5; round += 1) {
    for (let count = 0; count < 4; count += 1) await signIn(replica, aSignIn(clock.now()))
    clock.advance(61)
  }
  expect(await countEvents(replica.metrics, 'evicted')).toBe(0)
})
