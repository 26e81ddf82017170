// The session cookie as a way in. The same session gives the same Principal object, so that what later rooms
// derive from it can be kept beside it. Hot: measured by `npm run bench`, signed-in rows.

import type { AuthenticationResult, Principal, RoutedRequest } from '../request.ts'
import type { Session } from '../sessions/session.ts'
import type { FoundSession, Sessions } from '../sessions/sessions.ts'
import { checkWebSocketOrigin } from './ownSite.ts'
import type { WayIn } from './wayIn.ts'

type Authenticated = Extract<AuthenticationResult, { outcome: 'authenticated' }>

const noCredentials: AuthenticationResult = { outcome: 'no_credentials' }

/** @throws GatewayError `origin_not_allowed`, `session_store_unavailable`, `issuer_unavailable` */
export function createSessionWay(sessions: Pick<Sessions, 'find'>, publicUrl: string): WayIn {
  const known = new WeakMap<Session, Authenticated>()

  function toResult(routed: RoutedRequest, found: FoundSession | undefined): AuthenticationResult {
    if (found === undefined) return noCredentials
    if (routed.received.isUpgrade) checkWebSocketOrigin(routed, publicUrl)
    const { session, setCookies } = found
    let result = known.get(session)
    if (result === undefined) {
      result = toAuthenticated(session)
      known.set(session, result)
    }
    return setCookies.length === 0 ? result : { ...result, setCookies }
  }

  return (routed) => {
    const { cookies } = routed.received
    if (cookies === undefined) return noCredentials
    const pending = sessions.find(cookies)
    if (pending instanceof Promise) return pending.then((found) => toResult(routed, found))
    return toResult(routed, pending)
  }
}

function toAuthenticated(session: Session): Authenticated {
  // Because a session is never served with an access token past its end.
  const { accessToken } = session.tokens
  return { outcome: 'authenticated', principal: toPrincipal(session), setCookies: [], accessToken }
}

export function toPrincipal(session: Session): Principal {
  return {
    kind: 'person',
    providerId: session.providerId,
    issuer: session.issuer,
    subject: session.subject,
    claims: session.claims,
    scopes: session.tokens.scopes,
    endsAt: session.endsAt,
    session,
  }
}
