// A counter for each key that forgets after a while: in Redis for all replicas, or in this process. While Redis is
// away it counts in this process: never without counting. What is kept here is bounded.

import type { Redis } from 'ioredis'
import {
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible'

type Seconds = number

export interface Counter {
  /** One more; how many that are now, and how long they still count. */
  add(key: string, duration: Seconds): Promise<Count>
  read(key: string): Promise<number>
  write(key: string, value: number, duration: Seconds): Promise<void>
  /** One less, never below nought. */
  takeBack(key: string): Promise<void>
  remove(key: string): Promise<void>
}

export interface Count {
  readonly value: number
  readonly expiresIn: Seconds
}

export interface CounterOptions {
  readonly name: string
  readonly redis?: { readonly connection: Redis; readonly keyPrefix: string } | undefined
}

export function createCounter({ name, redis }: CounterOptions): Counter {
  // Because each call says how long it counts, and who has had enough is decided elsewhere.
  const options = { points: Number.MAX_SAFE_INTEGER, duration: 1 }
  const memory = new BoundedMemory({ ...options, keyPrefix: name })
  const limiter: RateLimiterAbstract =
    redis === undefined
      ? memory
      : new RateLimiterRedis({
          ...options,
          keyPrefix: `${redis.keyPrefix}${name}`,
          storeClient: redis.connection,
          rejectIfRedisNotReady: true,
          insuranceLimiter: memory,
        })
  return {
    async add(key, duration) {
      const added = await limiter.penalty(key, 1, { customDuration: toWhole(duration) })
      return { value: added.consumedPoints, expiresIn: added.msBeforeNext / 1000 }
    },
    read: async (key) => (await limiter.get(key))?.consumedPoints ?? 0,
    async write(key, value, duration) {
      await limiter.set(key, value, toWhole(duration))
    },
    async takeBack(key) {
      const left = await limiter.reward(key, 1)
      // Threat: a counter that expired meanwhile would begin below nought, and grant a guess for each.
      if (left.consumedPoints < 0) await limiter.delete(key)
    },
    async remove(key) {
      await limiter.delete(key)
    },
  }
}

// Because nought would be for ever.
function toWhole(duration: Seconds): Seconds {
  return Math.max(1, Math.ceil(duration))
}

const maxKeys = 100_000

/** Beyond its bound it forgets what was used longest ago, half of all at a time. */
class BoundedMemory extends RateLimiterMemory {
  // Because a Set that loses its oldest entry again and again takes longer and longer to find the next one.
  #younger = new Set<string>()
  #older = new Set<string>()

  #touch(key: string): void {
    this.#younger.add(key)
    if (this.#younger.size <= maxKeys / 2) return
    for (const each of this.#older) if (!this.#younger.has(each)) void this.delete(each)
    this.#older = this.#younger
    this.#younger = new Set()
  }

  override penalty(...call: Parameters<RateLimiterMemory['penalty']>) {
    this.#touch(String(call[0]))
    return super.penalty(...call)
  }

  override set(...call: Parameters<RateLimiterMemory['set']>) {
    this.#touch(String(call[0]))
    return super.set(...call)
  }

  override async get(...call: Parameters<RateLimiterMemory['get']>) {
    const found = await super.get(...call)
    if (found !== null) this.#touch(String(call[0]))
    return found
  }
}
