// Opened sessions by the text of their cookie, so that a request costs no crypto, no promise and no round
// trip. Bounded; a session that changed or ended is gone at once, under every cookie value it had.
// Hot: `find` runs for every signed-in request; measured by `npm run bench`, signed-in rows.

import type { Gauge } from 'prom-client'
import type { Clock, EpochSeconds } from '../time.ts'
import type { FoundSession } from './sessions.ts'
import type { StoredSession } from './stores/sessionStore.ts'

export interface CachedSession {
  readonly found: FoundSession
  readonly stored: StoredSession
  /**
   * Until then nothing is due: no reading, no refresh, no touch, and the session is not over. A touch is due
   * long before the idle timeout, so that one needs no look of its own.
   */
  readonly quietUntil: EpochSeconds
}

interface Slot extends CachedSession {
  /** Since someone last looked for the least recently used. */
  isUsed: boolean
}

// Because each re-sealing gives a session another cookie value, and the browser holds one.
const maxCredentialsPerSession = 3

export interface NearCacheOptions {
  readonly maxSessions: number
  readonly clock: Clock
  readonly gauge: Gauge
}

export class NearCache {
  readonly #byCredential = new Map<string, Slot>()
  readonly #credentials = new Map<string, Set<string>>()
  readonly #maxSessions: number
  readonly #clock: Clock
  readonly #gauge: Gauge
  #isTrusted = true
  #generation = 0

  constructor({ maxSessions, clock, gauge }: NearCacheOptions) {
    this.#maxSessions = maxSessions
    this.#clock = clock
    this.#gauge = gauge
  }

  /** Counts what was dropped: who reads a session notes it before, and hands it to `save` after. */
  get generation(): number {
    return this.#generation
  }

  /** A session that can be used as it is; undefined where anything at all has to be looked at. */
  find(credential: string): FoundSession | undefined {
    const cached = this.#byCredential.get(credential)
    if (cached === undefined) return undefined
    const now = this.#clock.now()
    if (now >= cached.quietUntil) return undefined
    const { activity } = cached.stored
    activity.lastSeen = now
    activity.isUsed = true
    cached.isUsed = true
    return cached.found
  }

  /** What was last known, fresh or not. */
  findKnown(credential: string): StoredSession | undefined {
    return this.#byCredential.get(credential)?.stored
  }

  /** Keeps it, unless anything was dropped since `generation`: then what was read may be what was dropped. */
  save(credential: string, cached: CachedSession, generation: number): void {
    if (!this.#isTrusted || generation !== this.#generation || this.#maxSessions === 0) return
    if (!this.#byCredential.has(credential)) this.#makeRoom()
    this.#byCredential.set(credential, { ...cached, isUsed: false })
    this.#remember(cached.stored.session.id, credential)
    this.#gauge.set(this.#byCredential.size)
  }

  drop(sessionId: string): void {
    this.#generation += 1
    const credentials = this.#credentials.get(sessionId)
    if (credentials === undefined) return
    this.#credentials.delete(sessionId)
    for (const credential of credentials) this.#byCredential.delete(credential)
    this.#gauge.set(this.#byCredential.size)
  }

  /** Where news may be missed everything is forgotten, and nothing is kept until it is trusted again. */
  setTrusted(isTrusted: boolean): void {
    this.#isTrusted = isTrusted
    this.#generation += 1
    this.#byCredential.clear()
    this.#credentials.clear()
    this.#gauge.set(0)
  }

  // Because a hit must not reorder a map: who was used since the last look gets a second chance instead.
  #makeRoom(): void {
    for (const [credential, cached] of this.#byCredential) {
      if (this.#byCredential.size < this.#maxSessions) return
      this.#byCredential.delete(credential)
      if (cached.isUsed) {
        cached.isUsed = false
        this.#byCredential.set(credential, cached)
      } else {
        this.#forget(cached.stored.session.id, credential)
      }
    }
  }

  #remember(sessionId: string, credential: string): void {
    const credentials = this.#credentials.get(sessionId) ?? new Set()
    this.#credentials.set(sessionId, credentials.add(credential))
    if (credentials.size <= maxCredentialsPerSession) return
    const [oldest] = credentials
    credentials.delete(oldest!)
    this.#byCredential.delete(oldest!)
  }

  #forget(sessionId: string, credential: string): void {
    const credentials = this.#credentials.get(sessionId)
    credentials?.delete(credential)
    if (credentials?.size === 0) this.#credentials.delete(sessionId)
  }
}
