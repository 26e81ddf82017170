// What callers are told of their quotas: RateLimit and RateLimit-Policy, structured fields of
// draft-ietf-httpapi-ratelimit-headers-11. Hot: runs for every request to a route with quotas.

import { findWait, slack, withoutOne, type BucketShape } from './bucket.ts'
import type { Levels } from './counter.ts'
import type { Quota } from './quota.ts'

/** Names and values in turn. `levels` are those before the request; `isTaken`, whether it was counted. */
export function toRateLimitFields(
  quotas: readonly Quota[],
  levels: Levels,
  isTaken: boolean,
): string[] {
  const limits = quotas.map((quota, at) => {
    const level = levels[at]!
    return toLimit(quota, isTaken ? withoutOne(level) : level)
  })
  const policies = quotas.map(({ policy }) => policy)
  return ['RateLimit-Policy', policies.join(', '), 'RateLimit', limits.join(', ')]
}

function toLimit(quota: Quota, level: number): string {
  const left = Math.floor(level + slack)
  return `"${quota.name}";r=${left};t=${findWindow(left, level, quota)}`
}

/**
 * Seconds over which to spread what is left: as long as it takes to come back. Because who divides the one by
 * the other, then calls at the rate that is meant (§8.5). With nothing left, until there is something.
 */
function findWindow(left: number, level: number, shape: BucketShape): number {
  const seconds = left > 0 ? left / shape.perSecond : findWait(level, shape)
  return Math.max(1, Math.ceil(seconds - slack))
}
