// How a session ends: in this process at once and for good, then in the store, which tells the other
// replicas. Where the store is away, the end is made up for as soon as it answers.

import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock, Milliseconds } from '../time.ts'
import { createExpiringMap } from '../expiringMap.ts'
import type { NearCache } from './nearCache.ts'
import type { SessionStore, StoredSession } from './stores/sessionStore.ts'

const maxRemembered = 100_000
const retryMs = 1_000

export interface EndingOptions {
  /** A function, because a store reports to what is made from these options. */
  readonly store: () => SessionStore
  readonly cache: NearCache
  readonly lifetime: Milliseconds
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly onEnded: (sessionId: string) => void
}

export interface EndedHere {
  readonly stored: StoredSession
  readonly credential: string
  readonly reason: 'logout' | 'new_login' | 'refresh_refused'
}

export interface Ending {
  /** Threat: a copy of a cookie, or a refresh in flight, would bring an ended session back. */
  isEnded(stored: StoredSession): boolean
  /** A cookie text that was signed out while the store was away. */
  isSignedOut(credential: string): boolean
  /** @throws GatewayError `session_store_unavailable`; it is over in this process all the same */
  end(ended: EndedHere): Promise<void>
  /** For news from the store. */
  endLocally(sessionId: string): void
  /** For a cookie text whose session could not be read now: refused here, removed when the store answers. */
  postpone(credential: string): void
  close(): void
}

export function createEnding(options: EndingOptions): Ending {
  const { store, cache, clock, log, metrics, onEnded } = options
  /** Ids, with the last revision that is over. */
  const ended = createExpiringMap<number>(maxRemembered, clock)
  const signedOut = createExpiringMap<true>(maxRemembered, clock)
  const postponed = new Set<string>()
  let retry: NodeJS.Timeout | undefined

  const latestEnd = () => clock.now() + options.lifetime / 1000

  function isEnded({ session, revision }: StoredSession): boolean {
    return revision <= (ended.find(session.id) ?? -1)
  }

  function endLocally(sessionId: string, lastRevision = Infinity): void {
    const known = ended.find(sessionId)
    if (known !== undefined && lastRevision <= known) return
    ended.save(sessionId, lastRevision, latestEnd())
    cache.drop(sessionId)
    if (known === undefined) onEnded(sessionId)
  }

  async function end({ stored, credential, reason }: EndedHere): Promise<void> {
    const { session, revision } = stored
    if (!isEnded(stored)) {
      metrics.sessions.inc({ event: 'ended' })
      log.info({ session: session.id, provider: session.providerId, reason }, 'session ended')
    }
    // Because with the cookie store another replica may have refreshed: its newer cookie is still good.
    endLocally(session.id, reason === 'refresh_refused' ? revision : Infinity)
    try {
      await store().remove(session.id)
    } catch (error) {
      postpone(credential)
      throw error
    }
  }

  function postpone(credential: string): void {
    signedOut.save(credential, true, latestEnd())
    if (postponed.size < maxRemembered) postponed.add(credential)
    retry ??= setTimeout(catchUp, retryMs).unref()
  }

  function catchUp(): void {
    retry = undefined
    removePostponed().catch(() => {
      retry ??= setTimeout(catchUp, retryMs).unref()
    })
  }

  async function removePostponed(): Promise<void> {
    for (const credential of postponed) {
      const stored = await store().load(credential)
      if (stored !== undefined) {
        await store().remove(stored.session.id)
        endLocally(stored.session.id)
      }
      postponed.delete(credential)
    }
  }

  return {
    isEnded,
    isSignedOut: (credential) => signedOut.find(credential) !== undefined,
    end,
    endLocally: (sessionId) => endLocally(sessionId),
    postpone,
    close: () => clearTimeout(retry),
  }
}
