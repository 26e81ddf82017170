import { expect, test } from 'vitest'
import { createVerdictCache, toTokenKey } from '../../../src/oidc/verdictCache.ts'
import { createTurnableClock } from './oidcWorld.ts'

test('a verdict is known until its moment, and not after it', () => {
  const clock = createTurnableClock()
  const cache = createVerdictCache<string>(10, clock)
  cache.save('a', 'yes', clock.now() + 10)
  cache.save('b', 'over already', clock.now())
  expect([cache.find('a'), cache.find('b'), cache.find('c')]).toEqual(['yes', undefined, undefined])
  clock.forward(10)
  expect(cache.find('a')).toBeUndefined()
})

test('beyond its size the oldest verdict is forgotten', () => {
  const clock = createTurnableClock()
  const cache = createVerdictCache<number>(2, clock)
  for (const [at, key] of ['a', 'b', 'a', 'c'].entries()) cache.save(key, at, clock.now() + 10)
  expect(['a', 'b', 'c'].map((key) => cache.find(key))).toEqual([2, undefined, 3])
  cache.clear()
  expect(cache.find('c')).toBeUndefined()
})

test('a key says nothing of its token, and no two tokens share one', () => {
  expect(toTokenKey('abc')).toMatch(/^[0-9a-f]{64}$/)
  expect(toTokenKey('abc')).not.toBe(toTokenKey('abd'))
})
