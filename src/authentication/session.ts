// The session cookie as a way in. The same session gives the same Principal object, so that what later rooms
// derive from it can be kept beside it. Hot: measured by `npm run bench`, signed-in rows.

import { GatewayError } from '../errors/gatewayError.ts'
import type { AuthenticationResult, Principal, RoutedRequest } from '../request.ts'
import type { Session } from '../sessions/session.ts'
import type { FoundSession, Sessions } from '../sessions/sessions.ts'
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

function toPrincipal(session: Session): Principal {
  return {
    kind: 'person',
    providerId: session.providerId,
    issuer: session.issuer,
    subject: session.subject,
    claims: session.claims,
    scopes: session.tokens.scopes,
    session,
  }
}

// Threat: a WebSocket is no subject to CORS; any site could open one with this browser's cookie.
function checkWebSocketOrigin({ received, route }: RoutedRequest, publicUrl: string): void {
  const { origin } = received.incoming.headers
  if (origin === publicUrl) return
  if (origin !== undefined && route.websocketOrigins.includes(origin)) return
  const detail = `a WebSocket with a session: ${describeOrigin(origin)}; see websocketOrigins`
  throw new GatewayError('origin_not_allowed', detail)
}

const serialisedOrigin = /^(null|[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9.:[\]_-]+)$/
const maxLoggedOrigin = 200

// Threat: whoever calls may write anything into it.
function describeOrigin(origin: string | undefined): string {
  if (origin === undefined) return 'no Origin'
  const isOne = origin.length <= maxLoggedOrigin && serialisedOrigin.test(origin)
  return isOne ? `Origin ${origin} is not allowed` : 'an Origin that is none'
}
