// What is known of tokens until a moment, by the hash of the token; one cache for each policy. Bounded: beyond
// its size the oldest is forgotten. Hot: one hash and one look-up per request (`npm run bench`).

import { hash } from 'node:crypto'
import type { Clock, EpochSeconds } from '../time.ts'

export interface VerdictCache<V> {
  /** Undefined once its moment has passed. */
  find(key: string): V | undefined
  save(key: string, verdict: V, until: EpochSeconds): void
  delete(key: string): void
  clear(): void
}

/**
 * Because no token is to stay in memory, and long texts have poor hashes in a Map, the key is a SHA-256:
 * 1.3 µs for a token of 900 bytes.
 */
export function toTokenKey(token: string): string {
  return hash('sha256', token)
}

export function createVerdictCache<V>(maxEntries: number, clock: Clock): VerdictCache<V> {
  const entries = new Map<string, { readonly verdict: V; readonly until: EpochSeconds }>()
  return {
    find(key) {
      const entry = entries.get(key)
      if (entry === undefined || clock.now() < entry.until) return entry?.verdict
      entries.delete(key)
      return undefined
    },
    save(key, verdict, until) {
      if (until <= clock.now()) return
      entries.delete(key)
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value!)
      entries.set(key, { verdict, until })
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  }
}
