// One refresh of a session at a time among all replicas: a lock with a random holder that is renewed while
// it is held and released by its holder alone. A holder that dies loses it after some seconds.

import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { acquireScript, releaseAsFailedScript, releaseScript, renewScript } from './redisScripts.ts'
import type { HeldLock, LockAttempt } from './sessionStore.ts'

const heldMs = 5_000
const renewEveryMs = 1_500

export async function acquireRedisLock(connection: Redis, key: string): Promise<LockAttempt> {
  const holder = randomBytes(16).toString('base64url')
  const answer = await connection.eval(acquireScript, 1, key, holder, heldMs)
  const [state, remainingMs] = Array.isArray(answer) ? answer : []
  if (state === 1) return { state: 'held', lock: holdLock(connection, key, holder) }
  if (state === 2) return { state: 'failed', retryAfterSeconds: Number(remainingMs) / 1000 }
  return { state: 'busy' }
}

function holdLock(connection: Redis, key: string, holder: string): HeldLock {
  const renewal = setInterval(() => {
    // Because a renewal that fails is no news: the next one may work, else the lock runs out.
    connection.eval(renewScript, 1, key, holder, heldMs).catch(() => {})
  }, renewEveryMs).unref()
  return {
    async release() {
      clearInterval(renewal)
      await connection.eval(releaseScript, 1, key, holder)
    },
    async releaseAsFailed(seconds) {
      clearInterval(renewal)
      await connection.eval(releaseAsFailedScript, 1, key, holder, Math.ceil(seconds * 1000))
    },
  }
}
