import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createExpiringMap } from '../../src/expiringMap.ts'
import { createTurnableClock } from './oidc/oidcWorld.ts'

test('an entry is known until its moment, and not after it', () => {
  const clock = createTurnableClock()
  const map = createExpiringMap<string>(10, clock)
  const end = clock.now() + 10
  map.save('a', 'yes', end)
  map.save('b', 'over already', clock.now())
  expect([map.find('a'), map.find('b'), map.find('c')]).toEqual(['yes', undefined, undefined])
  expect(map.findEnd('a')).toBe(end)
  clock.forward(10)
  expect([map.find('a'), map.findEnd('a')]).toEqual([undefined, undefined])
})

test('what is saved anew with a moment that has passed is forgotten', () => {
  const clock = createTurnableClock()
  const map = createExpiringMap<string>(10, clock)
  map.save('a', 'good', clock.now() + 10)
  map.save('a', 'over', clock.now())
  expect(map.find('a')).toBeUndefined()
})

test('beyond its size the oldest entry is forgotten, whatever was deleted and saved anew before', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const step = fc.oneof(
    fc.record({ do: fc.constant('save' as const), key }),
    fc.record({ do: fc.constant('delete' as const), key }),
    fc.record({ do: fc.constant('clear' as const), key }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = createTurnableClock()
      const map = createExpiringMap<number>(3, clock)
      let expected: (readonly [string, number])[] = []
      for (const [at, { do: what, key: name }] of steps.entries()) {
        if (what === 'save') map.save(name, at, clock.now() + 10)
        else if (what === 'delete') map.delete(name)
        else map.clear()
        expected = what === 'clear' ? [] : expected.filter(([one]) => one !== name)
        if (what === 'save') expected = [...expected, [name, at] as const].slice(-3)
      }
      const known = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => map.find(name))
      expect(known).toEqual(
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => expected.find(([one]) => one === name)?.[1]),
      )
    }),
  )
})
