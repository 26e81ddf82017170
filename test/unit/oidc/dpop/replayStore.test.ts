import { expect, test } from 'vitest'
import { createMemoryReplayStore } from '../../../../src/oidc/dpop/replayStore.ts'
import { createTurnableClock } from '../../../support/clock.ts'

test('a key is claimed once until its time is over', () => {
  const clock = createTurnableClock()
  const store = createMemoryReplayStore(clock)
  expect(store.claim('a', 60_000)).toBe(true)
  expect(store.claim('b', 60_000)).toBe(true)
  expect(store.claim('a', 60_000)).toBe(false)
  clock.forward(61)
  expect(store.claim('a', 60_000)).toBe(true)
})

test('where no more can be remembered nothing passes, until there is room again', () => {
  const clock = createTurnableClock()
  const store = createMemoryReplayStore(clock, 3)
  for (const key of ['a', 'b', 'c']) expect(store.claim(key, 60_000)).toBe(true)
  for (const key of ['d', 'e']) {
    expect(() => store.claim(key, 60_000)).toThrow(
      expect.objectContaining({ code: 'proof_store_unavailable' }),
    )
  }
  expect(store.claim('a', 60_000)).toBe(false)
  clock.forward(61)
  expect(store.claim('d', 60_000)).toBe(true)
})
