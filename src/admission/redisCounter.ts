// Counts in Redis, for all replicas together, in one round trip for all quotas of a request. Where Redis does
// not answer, each replica goes on counting for itself from where it was: nobody is let off, nobody locked out.

import { hash } from 'node:crypto'
import type { Redis } from 'ioredis'
import {
  closeRedisConnection,
  createRedisConnection,
  type RedisSettings,
} from '../redis/connection.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { isEnough, withoutOne } from './bucket.ts'
import type { Counter, Levels } from './counter.ts'
import type { MemoryCounter } from './memoryCounter.ts'
import type { Quota } from './quota.ts'
import { takeScript } from './takeScript.ts'

// Because while Redis stalls, each question to it costs a request the whole command timeout.
const restMs = 1000

export interface RedisCounterOptions {
  readonly redis: RedisSettings
  /** Counts while Redis does not. */
  readonly memory: MemoryCounter
  readonly log: Log
  readonly metrics: Pick<Metrics, 'quotaFallbacks'>
}

export class RedisCounter implements Counter {
  readonly #connection: Redis
  readonly #options: RedisCounterOptions
  #restsUntil = -Infinity
  #isAway = false

  constructor(options: RedisCounterOptions) {
    this.#options = options
    this.#connection = createRedisConnection(options.redis, 'quotas', options.log)
  }

  take(quotas: readonly Quota[], keys: readonly string[]): Levels | Promise<Levels> {
    if (performance.now() < this.#restsUntil) return this.#takeFromMemory(quotas, keys)
    return this.#ask(quotas, keys).then(
      (levels) => this.#accept(quotas, keys, levels),
      (fault: unknown) => this.#fallBack(quotas, keys, fault),
    )
  }

  async #ask(quotas: readonly Quota[], keys: readonly string[]): Promise<Levels> {
    const shapes = quotas.flatMap(({ perSecond, burst }) => [perSecond, burst])
    const names = quotas.map(({ id }, at) => this.#toRedisKey(id, keys[at]!))
    return parseLevels(
      await this.#connection.eval(takeScript, names.length, ...names, ...shapes),
      quotas.length,
    )
  }

  /** Threat: a dump of Redis says neither who called nor from where. */
  #toRedisKey(quotaId: string, key: string): string {
    const tuple = `${quotaId.length}:${quotaId}${key}`
    return `${this.#options.redis.keyPrefix}quota:${hash('sha256', tuple, 'base64url')}`
  }

  #accept(quotas: readonly Quota[], keys: readonly string[], levels: Levels): Levels {
    if (this.#isAway) this.#options.log.info({}, 'quotas are counted in redis again')
    this.#isAway = false
    const left = levels.every(isEnough) ? levels.map(withoutOne) : levels
    this.#options.memory.adopt(quotas, keys, left)
    return levels
  }

  #fallBack(quotas: readonly Quota[], keys: readonly string[], fault: unknown): Levels {
    const reason = fault instanceof Error ? fault.name : undefined
    if (!this.#isAway) this.#options.log.warn({ reason }, 'quotas are counted in memory')
    this.#isAway = true
    this.#restsUntil = performance.now() + restMs
    return this.#takeFromMemory(quotas, keys)
  }

  #takeFromMemory(quotas: readonly Quota[], keys: readonly string[]): Levels {
    this.#options.metrics.quotaFallbacks.inc()
    return this.#options.memory.take(quotas, keys)
  }

  async close(): Promise<void> {
    await closeRedisConnection(this.#connection)
  }
}

/** @throws where it is no such list */
function parseLevels(answer: unknown, length: number): Levels {
  const levels = Array.isArray(answer) ? answer.map(Number) : []
  if (levels.length === length && levels.every((level) => level >= 0)) return levels
  throw new Error('redis gave no levels')
}
