import { expect, test } from 'vitest'
import { isEnough, withoutOne } from '../../../src/admission/bucket.ts'
import { Buckets } from '../../../src/admission/buckets.ts'

const hourly = { burst: 100, perSecond: 100 / 3600 }

/** Whether one more request is let in. */
function take(buckets: Buckets, key: string, now: number): boolean {
  const bucket = buckets.open(key, now)
  if (!isEnough(bucket.level)) return false
  bucket.level = withoutOne(bucket.level)
  return true
}

function countTaken(buckets: Buckets, key: string, attempts: number, now: number): number {
  return Array.from({ length: attempts }, () => take(buckets, key, now)).filter(Boolean).length
}

test('a bucket gives as much at once as it holds, and then as fast as it fills', () => {
  const buckets = new Buckets({ burst: 5, perSecond: 1 / 49 }, 10)
  expect(countTaken(buckets, 'a', 7, 1000)).toBe(5)
  expect(countTaken(buckets, 'a', 2, 1000 + 48)).toBe(0)
  expect(countTaken(buckets, 'a', 2, 1000 + 49)).toBe(1)
  expect(countTaken(buckets, 'a', 7, 1_000_000)).toBe(5)
})

test('who asks all the time is let in as often as who waits', () => {
  const buckets = new Buckets({ burst: 1, perSecond: 1 / 7 }, 10)
  let taken = 0
  for (let now = 0; now <= 700; now += 0.1) taken += Number(take(buckets, 'a', now))
  expect(taken).toBeGreaterThanOrEqual(100)
  expect(taken).toBeLessThanOrEqual(101)
})

test('a clock that is set back locks nobody out and gives nothing away', () => {
  const buckets = new Buckets({ burst: 5, perSecond: 1 }, 10)
  expect(countTaken(buckets, 'a', 5, 100_000)).toBe(5)
  expect(countTaken(buckets, 'a', 1, 50_000)).toBe(0)
  expect(countTaken(buckets, 'a', 9, 50_003)).toBe(3)
})

test('there are never more buckets than the limit, and those that filled up again go', () => {
  const buckets = new Buckets(hourly, 50)
  for (let at = 0; at < 1000; at += 1) take(buckets, `key ${at}`, 0)
  expect(buckets.size).toBe(50)
  for (let at = 0; at < 60; at += 1) take(buckets, `later ${at}`, 10_000 + at * 40)
  expect(buckets.size).toBeLessThan(5)
})

test('who calls under ever new names does not get back what was used up', () => {
  const buckets = new Buckets(hourly, 1000)
  // Because of eight buckets at random, all are among these once in 4 * 10^13 times.
  const spent = Array.from({ length: 20 }, (_, at) => `spent ${at}`)
  for (const key of spent) expect(countTaken(buckets, key, 101, 0)).toBe(100)
  for (let at = 0; at < 20_000; at += 1) take(buckets, `new ${at}`, 0)
  expect(buckets.size).toBe(1000)
  expect(spent.filter((key) => take(buckets, key, 0))).toEqual([])
})

test('a bucket that is forgotten leaves all others as they were', () => {
  const buckets = new Buckets({ burst: 3, perSecond: 1 }, 1000)
  const levels = new Map<string, number>()
  for (let at = 0; at < 100; at += 1) {
    const taken = countTaken(buckets, `key ${at}`, 1 + (at % 3), 0)
    levels.set(`key ${at}`, 3 - taken)
  }
  // Because by now a third of them are full again, and each new one lets some of these go.
  for (let at = 0; at < 30; at += 1) take(buckets, `new ${at}`, 1)
  for (const [key, level] of levels) {
    expect(buckets.open(key, 1).level).toBe(Math.min(3, level + 1))
  }
})
