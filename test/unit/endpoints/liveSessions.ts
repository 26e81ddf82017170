// The real sessions, in whichever store the configuration names, and a note of who has one now.

import { createSessions, type SessionsOptions } from '../../../src/sessions/createSessions.ts'
import type { Session } from '../../../src/sessions/session.ts'
import type { Sessions } from '../../../src/sessions/sessions.ts'

export interface LiveSessions extends Sessions {
  readonly live: ReadonlyMap<string, Session>
  /** Ends them all behind the browsers' backs: their cookies stay. */
  endAll(): Promise<void>
}

export function createLiveSessions(options: Omit<SessionsOptions, 'onEnded'>): LiveSessions {
  const live = new Map<string, Session>()
  const cookiesOf = new Map<string, string>()
  const sessions = createSessions({ ...options, onEnded: (id) => live.delete(id) })
  return {
    ...sessions,
    live,
    async open(signIn, providerId, cookies) {
      const opened = await sessions.open(signIn, providerId, cookies)
      live.set(opened.session.id, opened.session)
      const pairs = opened.setCookies.map((cookie) => cookie.split(';', 1)[0])
      cookiesOf.set(opened.session.id, pairs.join('; '))
      return opened
    },
    async endAll() {
      await Promise.all([...live.keys()].map((id) => sessions.end(cookiesOf.get(id))))
    },
  }
}
