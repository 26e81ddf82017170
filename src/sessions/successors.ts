// What took the place of a session whose cookie is from before a refresh. Only the cookie store has such: each of
// its refreshes makes another cookie, while requests with the one before are still on their way.

import type { Clock, EpochSeconds } from '../time.ts'
import { createExpiringMap } from '../expiringMap.ts'
import type { HeldSession } from './heldSession.ts'
import type { StoredSession } from './stores/sessionStore.ts'

const graceSeconds = 60
const maxRemembered = 10_000

export interface Successors {
  /** `undefined` where the cookie is current, `over` where it had its time. */
  find(stored: StoredSession): HeldSession | 'over' | undefined
  save(held: HeldSession): void
  /** The browser is sent the cookie of this session: the time of the one before begins to run out. */
  handOver(stored: StoredSession): void
}

interface Successor {
  readonly held: HeldSession
  /** Infinity until the browser was sent its cookie: up to then the one before is all it has. */
  graceUntil: EpochSeconds
}

export function createSuccessors(clock: Clock): Successors {
  const successors = createExpiringMap<Successor>(maxRemembered, clock)
  return {
    find({ session, revision }) {
      const successor = successors.find(session.id)
      if (successor === undefined || successor.held.stored.revision <= revision) return undefined
      return clock.now() < successor.graceUntil ? successor.held : 'over'
    },
    save(held) {
      const { id, endsAt } = held.stored.session
      successors.save(id, { held, graceUntil: Infinity }, endsAt)
    },
    handOver({ session, revision }) {
      const successor = successors.find(session.id)
      if (successor === undefined || successor.held.stored.revision !== revision) return
      successor.graceUntil = Math.min(successor.graceUntil, clock.now() + graceSeconds)
    },
  }
}
