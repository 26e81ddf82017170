// Who may try a password, with the counters in this process and in a real Redis. Time is turned where the counters
// are in this process; in Redis it is too slow to wait for.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Secret } from '../../../src/crypto/secret.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createThrottling, type Throttling } from '../../../src/throttling/createThrottling.ts'
import type { Admission } from '../../../src/throttling/throttle.ts'
import { until } from '../../gateway/steps.ts'
import { startRedis, type RedisServer } from '../../support/redis.ts'

const minute = 60_000
const throttling = {
  account: { failures: 10, window: 15 * minute, lockout: 15 * minute },
  address: { failures: 50, window: 15 * minute },
  answerTime: 0,
}
const log = createLog('silent', { write: () => {} })

function create(redisUrl?: string): Throttling {
  const redis = { url: redisUrl ?? '', commandTimeout: 1000, keyPrefix: 'postern:' }
  const sessions = {
    store: 'memory' as const,
    memory: { maxSessions: 1 },
    nearCache: { maxSessions: 1 },
    keys: [new Secret('a key of the tests that is at least 32 bytes')],
    idleTimeout: minute,
    lifetime: minute,
    onIssuerOutage: 'refuse' as const,
    ...(redisUrl === undefined ? {} : { redis }),
  }
  return createThrottling({ sessions, throttling }, log)
}

let addresses = 0
/** Each from an address of its own, unless one is given. */
async function tryOnce(
  throttle: Throttling,
  account = 'alice',
  address = `192.0.2.${(addresses += 1)}`,
): Promise<Admission> {
  const { keys } = throttle
  return throttle.admit({
    account: keys.ofAccount('main', account),
    address: keys.ofAddress(address),
  })
}

async function fail(throttle: Throttling, times: number, account?: string): Promise<string[]> {
  const outcomes: string[] = []
  for (let at = 0; at < times; at += 1) outcomes.push((await tryOnce(throttle, account)).outcome)
  return outcomes
}

const times = (count: number, outcome: string) => Array.from({ length: count }, () => outcome)

describe('with counters in this process', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  test('ten wrong passwords are free; then the account waits, twice as long each time, up to a quarter of an hour', async () => {
    const throttle = create()
    expect(await fail(throttle, 12)).toEqual([...times(10, 'admitted'), ...times(2, 'refused')])
    const waits: number[] = []
    for (let round = 0; round < 8; round += 1) {
      const refused = await tryOnce(throttle)
      if (refused.outcome !== 'refused') throw new Error('it did not wait')
      waits.push(refused.retryAfterSeconds)
      await vi.advanceTimersByTimeAsync(refused.retryAfterSeconds * 1000 + 1)
      expect(await fail(throttle, 3)).toEqual(['admitted', 'refused', 'refused'])
    }
    expect(waits).toEqual([29, 57, 113, 225, 450, 900, 900, 900])
  })

  test('a quarter of an hour after its wait an account is like any other', async () => {
    const throttle = create()
    await fail(throttle, 11)
    await vi.advanceTimersByTimeAsync((15 * 60 + 30) * 1000)
    expect(await fail(throttle, 11)).toEqual([...times(10, 'admitted'), 'refused'])
  })

  test('a right password gives its attempt back, and ends the wait that it began', async () => {
    const throttle = create()
    for (let round = 0; round < 30; round += 1) {
      const admitted = await tryOnce(throttle)
      if (admitted.outcome !== 'admitted') throw new Error('it was refused')
      await admitted.giveBack()
    }
    await fail(throttle, 9)
    for (let round = 0; round < 3; round += 1) {
      const last = await tryOnce(throttle)
      if (last.outcome !== 'admitted') throw new Error('it was refused')
      await last.giveBack()
    }
    expect(await fail(throttle, 2)).toEqual(['admitted', 'refused'])
  })

  test('what is given back after the count was forgotten grants nothing', async () => {
    const throttle = create()
    const address = '198.51.100.1'
    const held = await Promise.all(
      Array.from({ length: 9 }, () => tryOnce(throttle, 'alice', address)),
    )
    await vi.advanceTimersByTimeAsync(16 * minute)
    for (const each of held) if (each.outcome === 'admitted') await each.giveBack()
    expect(await fail(throttle, 11)).toEqual([...times(10, 'admitted'), 'refused'])
  })
})

test('a hundred thousand accounts take bounded memory, and those that are tried now are not forgotten', async () => {
  const throttle = create()
  await fail(throttle, 10)
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < 99_000; at += 1) {
    await tryOnce(throttle, `name-${at}`, `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`)
  }
  expect(await fail(throttle, 1)).toEqual(['refused'])
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300 * 1024 ** 2)
}, 60_000)

describe.each([
  ['in this process', false],
  ['in Redis', true],
])('with counters %s', (_, isRedis) => {
  let redis: RedisServer | undefined
  let throttle: Throttling
  beforeAll(async () => {
    redis = isRedis ? await startRedis() : undefined
    throttle = create(redis?.url)
    if (redis !== undefined) await untilCountedThere(throttle, redis)
  })
  afterAll(async () => {
    await throttle.close()
    await redis?.stop()
  })

  test('of a thousand guesses at once ten pass', async () => {
    const all = await Promise.all(
      Array.from({ length: 1000 }, (_each, at) =>
        tryOnce(throttle, 'carol', `198.51.${at >> 8}.${at & 255}`),
      ),
    )
    expect(all.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(10)
  })

  test('every spelling of a name has one counter', async () => {
    const spellings = ['dave', 'DAVE', ' dave ', 'ｄａｖｅ', 'da\u200bve', 'davé']
    for (let at = 0; at < 10; at += 1) await tryOnce(throttle, spellings[at % spellings.length])
    for (const spelling of spellings) {
      expect((await tryOnce(throttle, spelling)).outcome).toBe('refused')
    }
  })

  test('one address has fifty, for whatever accounts, and another is not held back by it', async () => {
    const address = '203.0.113.9'
    const outcomes: string[] = []
    for (let at = 0; at < 51; at += 1) {
      outcomes.push((await tryOnce(throttle, `one-of-many-${at}`, address)).outcome)
    }
    expect(outcomes).toEqual([...times(50, 'admitted'), 'refused'])
    expect((await tryOnce(throttle, 'one-of-many-51', '203.0.113.10')).outcome).toBe('admitted')
  })

  test('so many at once that the address is full leave nothing behind of those that were refused', async () => {
    const address = '203.0.113.30'
    for (let at = 0; at < 10; at += 1) await tryOnce(throttle, 'ivan')
    const all = await Promise.all(
      Array.from({ length: 120 }, () => tryOnce(throttle, 'ivan', address)),
    )
    expect(all.map(({ outcome }) => outcome)).toEqual(times(120, 'refused'))
    const others: string[] = []
    for (let at = 0; at < 51; at += 1) {
      others.push((await tryOnce(throttle, `another-${at}`, address)).outcome)
    }
    expect(others).toEqual([...times(50, 'admitted'), 'refused'])
  })

  test('who comes again and again to an account that waits uses up no address', async () => {
    const address = '203.0.113.20'
    for (let at = 0; at < 10; at += 1) await tryOnce(throttle, 'grace')
    for (let at = 0; at < 60; at += 1) {
      expect(await tryOnce(throttle, 'grace', address)).toMatchObject({ because: 'account' })
    }
    expect((await tryOnce(throttle, 'heidi', address)).outcome).toBe('admitted')
  })
})

test('while Redis is away it is counted all the same, and what Redis knew counts again afterwards', async () => {
  await using redis = await startRedis()
  const throttle = create(redis.url)
  await untilCountedThere(throttle, redis)
  expect((await fail(throttle, 11)).at(-1)).toBe('refused')
  redis.pause()
  expect(await fail(throttle, 13)).toEqual([...times(10, 'admitted'), ...times(3, 'refused')])
  redis.resume()
  await until(async () => (await redis.client.ping()) === 'PONG')
  await until(async () => (await tryOnce(throttle, 'frank')).outcome === 'admitted')
  expect(await fail(throttle, 3)).toEqual(times(3, 'refused'))
  await throttle.close()
}, 30_000)

test('Redis holds neither the names of accounts nor addresses', async () => {
  await using redis = await startRedis()
  const throttle = create(redis.url)
  await untilCountedThere(throttle, redis)
  await tryOnce(throttle, 'erin@example.com', '192.0.2.99')
  const keys = await redis.client.keys('*')
  expect(keys.join(' ')).toMatch(/^postern:\w+:[\w-]{32}( postern:\w+:[\w-]{32})*$/)
  await throttle.close()
})

/** Because it connects in the background, and counts in this process until then. */
async function untilCountedThere(throttle: Throttling, redis: RedisServer): Promise<void> {
  await until(async () => {
    await tryOnce(throttle, 'nobody')
    return (await countKeys(redis)) > 0
  })
}

function countKeys(redis: RedisServer): Promise<number> {
  return redis.client.dbsize()
}
