// A bounded memory of things that are true until a moment: ended sessions, refreshes that failed.
// Beyond its bound the oldest entry is forgotten.

import type { Clock, EpochSeconds } from '../time.ts'

export interface ExpiringMap<V> {
  /** Undefined once its moment has passed. */
  find(key: string): V | undefined
  /** When it passes; undefined where there is none. */
  findEnd(key: string): EpochSeconds | undefined
  save(key: string, value: V, until: EpochSeconds): void
  delete(key: string): void
}

export function createExpiringMap<V>(maxEntries: number, clock: Clock): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly until: EpochSeconds }>()

  function findEntry(key: string) {
    const entry = entries.get(key)
    if (entry === undefined || clock.now() < entry.until) return entry
    entries.delete(key)
    return undefined
  }

  return {
    find: (key) => findEntry(key)?.value,
    findEnd: (key) => findEntry(key)?.until,
    save(key, value, until) {
      entries.delete(key)
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value!)
      entries.set(key, { value, until })
    },
    delete: (key) => void entries.delete(key),
  }
}
