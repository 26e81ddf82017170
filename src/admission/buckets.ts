// The buckets of one quota in this process, by whom they count. Bounded: what has filled up again is forgotten,
// since it says nothing, and beyond the bound the fullest of a few. Hot: `npm run bench`, rows with quotas.

import type { EpochSeconds } from '../time.ts'
import { refill, type Bucket, type BucketShape } from './bucket.ts'

interface Kept extends Bucket {
  readonly key: string
  /** Where it stands in the list. */
  place: number
}

// Because two for each one that comes keep about as many that are full again as are in use.
const looksForEachNew = 2
const looksWhereFull = 8

export class Buckets {
  readonly #shape: BucketShape
  readonly #limit: number
  readonly #byKey = new Map<string, Kept>()
  readonly #list: Kept[] = []

  /** @param limit how many buckets are kept at most */
  constructor(shape: BucketShape, limit: number) {
    this.#shape = shape
    this.#limit = limit
  }

  get size(): number {
    return this.#list.length
  }

  /** The caller's bucket as it is by now; a full one for whom nothing is known of. */
  open(key: string, now: EpochSeconds): Bucket {
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      refill(known, this.#shape, now)
      return known
    }
    this.#makeRoom(now)
    const bucket = { key, level: this.#shape.burst, at: now, place: this.#list.length }
    this.#byKey.set(key, bucket)
    this.#list.push(bucket)
    return bucket
  }

  /**
   * Threat: who can call under ever new names would push an empty bucket out, were the oldest to go, and start
   * anew. Of a few taken at random the fullest goes: nearly always one of those new names.
   */
  #makeRoom(now: EpochSeconds): void {
    const isFull = this.#list.length >= this.#limit
    let fullest: Kept | undefined
    for (let looks = isFull ? looksWhereFull : looksForEachNew; looks > 0; looks -= 1) {
      const bucket = this.#list[Math.floor(Math.random() * this.#list.length)]
      if (bucket === undefined) return
      refill(bucket, this.#shape, now)
      if (bucket.level >= this.#shape.burst) this.#forget(bucket)
      else if (fullest === undefined || bucket.level > fullest.level) fullest = bucket
    }
    if (this.#list.length >= this.#limit && fullest !== undefined) this.#forget(fullest)
  }

  #forget(bucket: Kept): void {
    this.#byKey.delete(bucket.key)
    const last = this.#list.pop()!
    if (last === bucket) return
    last.place = bucket.place
    this.#list[last.place] = last
  }
}
