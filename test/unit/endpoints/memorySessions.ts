// Sessions as an interface, kept in a Map and named by a plain cookie: what the endpoints and the session
// cookie's way in are tested against, whatever store is behind the real ones.

import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { findCookie, toSetCookie, type CookieJar } from '../../../src/http/cookies.ts'
import type { Session, SignIn } from '../../../src/sessions/session.ts'
import type { Sessions } from '../../../src/sessions/sessions.ts'
import type { Clock } from '../../../src/time.ts'

export interface MemorySessions extends Sessions {
  readonly live: Map<string, Session>
  /** The store cannot be reached. */
  isAway: boolean
  /** find() answers with a promise, as where no near cache has the session. */
  isSlow: boolean
  /** What find() hands out to be sent, as after a refresh. */
  setCookies: readonly string[]
}

export function createMemorySessions(jar: CookieJar, clock: Clock): MemorySessions {
  const live = new Map<string, Session>()
  const lookUp = (cookies: string | undefined): Session | undefined => {
    if (sessions.isAway) throw new GatewayError('session_store_unavailable', 'away for the test')
    return live.get(findCookie(cookies, jar.base) ?? '')
  }
  const sessions: MemorySessions = {
    live,
    isAway: false,
    isSlow: false,
    setCookies: [],
    find(cookies) {
      const session = lookUp(cookies)
      const found = session && { session, setCookies: sessions.setCookies }
      return sessions.isSlow ? Promise.resolve(found) : found
    },
    async open(signIn, providerId, cookies) {
      lookUp(cookies)
      live.delete(findCookie(cookies, jar.base) ?? '')
      const session = toSession(signIn, providerId, clock)
      live.set(session.id, session)
      return { session, setCookies: [toSetCookie(jar, jar.base, session.id)] }
    },
    async end(cookies) {
      const session = lookUp(cookies)
      live.delete(session?.id ?? '')
      return { session, setCookies: [toSetCookie(jar, jar.base, '', { maxAge: 0 })] }
    },
    isReady: () => !sessions.isAway,
    close: async () => {},
  }
  return sessions
}

function toSession(signIn: SignIn, providerId: string, clock: Clock): Session {
  const now = clock.now()
  return { ...signIn, id: randomUUID(), providerId, createdAt: now, endsAt: now + 3600 }
}
