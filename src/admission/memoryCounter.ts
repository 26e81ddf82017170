// Counts in this process, at once. Hot: measured by `npm run bench`, rows with quotas.

import type { Clock } from '../time.ts'
import { isEnough, withoutOne, type Bucket } from './bucket.ts'
import { Buckets } from './buckets.ts'
import type { Counter, Levels } from './counter.ts'
import type { Quota } from './quota.ts'

/** For each quota: about 15 MB where all are in use. */
const mostBuckets = 100_000

export class MemoryCounter implements Counter {
  readonly #clock: Clock
  readonly #buckets = new Map<string, Buckets>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  take(quotas: readonly Quota[], keys: readonly string[]): Levels {
    const buckets = this.#open(quotas, keys)
    const levels = buckets.map(({ level }) => level)
    if (levels.every(isEnough)) {
      for (const bucket of buckets) bucket.level = withoutOne(bucket.level)
    }
    return levels
  }

  /** Takes over what was counted elsewhere. */
  adopt(quotas: readonly Quota[], keys: readonly string[], levels: Levels): void {
    for (const [at, bucket] of this.#open(quotas, keys).entries()) bucket.level = levels[at]!
  }

  #open(quotas: readonly Quota[], keys: readonly string[]): Bucket[] {
    const now = this.#clock.now()
    return quotas.map((quota, at) => this.#bucketsOf(quota).open(keys[at]!, now))
  }

  #bucketsOf(quota: Quota): Buckets {
    const known = this.#buckets.get(quota.id)
    if (known !== undefined) return known
    const created = new Buckets(quota, mostBuckets)
    this.#buckets.set(quota.id, created)
    return created
  }

  async close(): Promise<void> {}
}
