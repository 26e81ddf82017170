// A token bucket: holds `burst` requests at most, and fills evenly. Nothing but arithmetic.

import type { EpochSeconds } from '../time.ts'

export interface Bucket {
  /** How many requests are left, with a fraction. */
  level: number
  /** When that was so. */
  at: EpochSeconds
}

export interface BucketShape {
  /** How many requests fit in. */
  readonly burst: number
  /** How many come back in a second. */
  readonly perSecond: number
}

/** Because 49 times a 49th is not quite one, and who waits as long as he is told has to be let in. */
export const slack = 1e-9

export function isEnough(level: number): boolean {
  return level >= 1 - slack
}

/** Brings the bucket up to now. A clock that was set back gives nothing, and takes nothing. */
export function refill(bucket: Bucket, { burst, perSecond }: BucketShape, now: EpochSeconds): void {
  const elapsed = now - bucket.at
  if (elapsed > 0) bucket.level = Math.min(burst, bucket.level + elapsed * perSecond)
  bucket.at = now
}

export function withoutOne(level: number): number {
  return Math.max(0, level - 1)
}

/** Seconds until there is enough for one request; 0 where there is. */
export function findWait(level: number, { perSecond }: BucketShape): number {
  return isEnough(level) ? 0 : (1 - level) / perSecond
}
