// Tells the application's own page who is signed in. No token is ever in it.

import { GatewayError } from '../errors/gatewayError.ts'
import { respondJson } from '../http/respond.ts'
import type { EndpointRequest } from '../request.ts'
import { findClaim } from '../sessions/claims.ts'
import type { Session } from '../sessions/session.ts'
import type { EpochSeconds } from '../time.ts'
import type { EndpointsDependencies } from './dependencies.ts'

/** @throws GatewayError `login_required`, `session_store_unavailable`, `issuer_unavailable` */
export function createSessionEndpoint({
  sessions,
  relyingParties,
  findSignInUrl,
}: EndpointsDependencies): (request: EndpointRequest) => Promise<void> {
  return async ({ received }) => {
    const found = await sessions.find(received.cookies)
    if (found === undefined) {
      throw new GatewayError('login_required', 'nobody is signed in', {
        loginUrl: findSignInUrl('/'),
      })
    }
    const { session, setCookies } = found
    received.record.principal = session.subject
    received.record.sessionId = session.id
    // Because a session may outlive its provider in the configuration.
    const names = relyingParties.get(session.providerId)?.provider.claims
    respondJson(received, 200, describe(session, names?.groups ?? 'groups'), [
      // Threat: a page of another origin that includes this as a script learns nothing.
      'Cross-Origin-Resource-Policy',
      'same-origin',
      ...setCookies.flatMap((cookie) => ['Set-Cookie', cookie]),
    ])
  }
}

function describe(session: Session, groupsClaim: string): Record<string, unknown> {
  const { claims } = session
  return {
    subject: session.subject,
    provider: session.providerId,
    issuer: session.issuer,
    name: claims['name'],
    email: findClaim(claims, 'email'),
    preferred_username: claims['preferred_username'],
    groups: findClaim(claims, groupsClaim),
    since: toIso(session.createdAt),
    until: toIso(session.endsAt),
  }
}

function toIso(seconds: EpochSeconds): string {
  return new Date(seconds * 1000).toISOString()
}
