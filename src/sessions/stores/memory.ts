// Sessions in this process alone: bounded, one that was not used of late ended beyond the bound. Values are
// sealed for their tickets here too, so that one way of keeping sessions is tested, not two.

import { createKeyRing } from '../../crypto/keyRing.ts'
import type { SessionSettings } from '../../config/config.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { findCookie } from '../../http/cookies.ts'
import type { Clock } from '../../time.ts'
import { createTicket, parseTicket, type Ticket } from '../ticket.ts'
import { fromRecord, toFirstStored } from './record.ts'
import type { Activity, SessionStore, StoredSession, StoreEvents } from './sessionStore.ts'
import { sealStored, unsealStored } from './ticketSeal.ts'

interface Kept {
  readonly sealed: Buffer
  readonly activity: Activity
  readonly endsAt: number
}

// Because expiry is swept in passing: each new session looks at so many old ones.
const sweptPerCreate = 4

export interface MemoryStoreOptions {
  readonly settings: SessionSettings
  readonly jar: CookieJar
  readonly clock: Clock
  readonly events: StoreEvents
}

export function createMemoryStore(options: MemoryStoreOptions): SessionStore {
  const { settings, jar, clock, events } = options
  const keys = createKeyRing(settings.keys, 'session ticket')
  const idleSeconds = settings.idleTimeout / 1000
  const kept = new Map<string, Kept>()

  const isOver = ({ activity, endsAt }: Kept, now: number) =>
    now >= endsAt || now - activity.lastSeen >= idleSeconds

  let unswept = kept.entries()
  function sweep(): void {
    const now = clock.now()
    for (let left = sweptPerCreate; left > 0; left -= 1) {
      const next = unswept.next()
      if (next.done === true) {
        unswept = kept.entries()
        return
      }
      const [id, each] = next.value
      if (isOver(each, now)) kept.delete(id)
    }
  }

  // Because a use must not reorder a map: who was used since the last look gets a second chance instead.
  function makeRoom(): void {
    for (const [id, each] of kept) {
      if (kept.size < settings.memory.maxSessions) return
      kept.delete(id)
      if (each.activity.isUsed) {
        each.activity.isUsed = false
        kept.set(id, each)
      } else {
        events.evicted(id)
      }
    }
  }

  function keep(stored: StoredSession, ticket: Ticket): StoredSession {
    const sealed = sealStored(stored, ticket, keys)
    kept.set(ticket.id, { sealed, activity: stored.activity, endsAt: stored.session.endsAt })
    return { ...stored, sealed }
  }

  return {
    freshSeconds: Infinity,
    findCredential: (cookies) => findCookie(cookies, jar.base),
    toCookieValues: (credential) => [credential],
    load(credential, known) {
      const ticket = parseTicket(credential)
      const found = ticket === undefined ? undefined : kept.get(ticket.id)
      if (ticket === undefined || found === undefined) return undefined
      if (known?.sealed === found.sealed) return known
      const record = unsealStored(found.sealed, ticket, keys)
      if (record === undefined) return undefined
      return { ...fromRecord(record, found.activity), sealed: found.sealed }
    },
    create(facts) {
      sweep()
      makeRoom()
      const ticket = createTicket()
      const stored = keep(toFirstStored({ id: ticket.id, ...facts }), ticket)
      return { credential: ticket.credential, stored }
    },
    replace(credential, stored) {
      const ticket = parseTicket(credential)
      if (ticket === undefined || !kept.has(ticket.id)) return undefined
      keep(stored, ticket)
      return credential
    },
    touch: (credential) => credential,
    remove: (sessionId) => void kept.delete(sessionId),
    isReady: () => true,
    close: async () => kept.clear(),
  }
}
