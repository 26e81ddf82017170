// Which proofs have been used (RFC 9449 §11.1): in this process, bounded, or in Redis for all replicas. What cannot
// be looked up counts as used: nothing passes because memory or Redis ran out.

import { GatewayError } from '../../errors/gatewayError.ts'
import {
  closeRedisConnection,
  createRedisConnection,
  type RedisSettings,
} from '../../redis/connection.ts'
import { createHealth } from '../../redis/health.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock, Milliseconds } from '../../time.ts'

export interface ReplayStore {
  /**
   * True for the first who brings it, false for all others until `lifetime` has passed.
   *
   * @param key a hash
   * @throws GatewayError `proof_store_unavailable`
   */
  claim(key: string, lifetime: Milliseconds): boolean | Promise<boolean>
  /** Whether it answered the last time. */
  isReady(): boolean
  close(): Promise<void>
}

const retryAfterSeconds = 1

// Because expiry is swept in passing: each new proof looks at so many old ones.
const sweptPerClaim = 4

export function createMemoryReplayStore(clock: Clock, maxEntries = 500_000): ReplayStore {
  const ends = new Map<string, number>()
  let unswept = ends.entries()

  function sweep(now: number): void {
    for (let left = sweptPerClaim; left > 0; left -= 1) {
      const next = unswept.next()
      if (next.done === true) {
        unswept = ends.entries()
        return
      }
      if (next.value[1] <= now) ends.delete(next.value[0])
    }
  }

  return {
    claim(key, lifetime) {
      const now = clock.now() * 1000
      sweep(now)
      const end = ends.get(key)
      if (end !== undefined && end > now) return false
      // Threat: were the oldest forgotten, who sends enough proofs could use an old one again.
      if (ends.size >= maxEntries) {
        throw new GatewayError('proof_store_unavailable', `${maxEntries} proofs are remembered`, {
          retryAfterSeconds,
        })
      }
      ends.set(key, now + lifetime)
      return true
    },
    isReady: () => true,
    close: async () => ends.clear(),
  }
}

export function createRedisReplayStore(settings: RedisSettings, log: Log): ReplayStore {
  const connection = createRedisConnection(settings, 'proofs', log)
  const health = createHealth(connection, 'proof_store_unavailable')
  return {
    async claim(key, lifetime) {
      const name = `${settings.keyPrefix}dpop:${key}`
      const answer = await health.ask(() =>
        connection.set(name, '', 'PX', Math.ceil(lifetime), 'NX'),
      )
      return answer === 'OK'
    },
    isReady: () => health.isReady(),
    close: () => closeRedisConnection(connection),
  }
}
