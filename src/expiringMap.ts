// A bounded memory of things that are true until a moment: verdicts on tokens, ended sessions, refreshes that
// failed. Beyond its bound the oldest entry is forgotten. Hot: one look-up a request; measured by `npm run bench`.

import type { Clock, EpochSeconds } from './time.ts'

export interface ExpiringMap<V> {
  /** Undefined once its moment has passed. */
  find(key: string): V | undefined
  /** When it passes; undefined where there is none. */
  findEnd(key: string): EpochSeconds | undefined
  /** Nothing is kept whose moment has passed already. */
  save(key: string, value: V, until: EpochSeconds): void
  delete(key: string): void
  clear(): void
}

interface Entry<V> {
  readonly value: V
  readonly until: EpochSeconds
}

export function createExpiringMap<V>(maxEntries: number, clock: Clock): ExpiringMap<V> {
  const entries = new Map<string, Entry<V>>()
  // Because a new iterator would pass everything that was ever deleted at the front: 11 µs, where this takes one.
  let oldest = entries.keys()

  function findEntry(key: string): Entry<V> | undefined {
    const entry = entries.get(key)
    if (entry === undefined || clock.now() < entry.until) return entry
    entries.delete(key)
    return undefined
  }

  function forgetOldest(): void {
    let next = oldest.next()
    if (next.done === true) {
      oldest = entries.keys()
      next = oldest.next()
    }
    if (next.done !== true) entries.delete(next.value)
  }

  return {
    find: (key) => findEntry(key)?.value,
    findEnd: (key) => findEntry(key)?.until,
    save(key, value, until) {
      entries.delete(key)
      if (until <= clock.now()) return
      if (entries.size >= maxEntries) forgetOldest()
      entries.set(key, { value, until })
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  }
}
