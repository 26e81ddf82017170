// Whom an access token speaks for: a person, or the client itself.

import type { Principal } from '../../request.ts'
import type { AccessTokenClaims } from './accessTokenClaims.ts'
import { AccessTokenRefused } from './accessTokenRefused.ts'
import { toSessionClaims } from '../idToken/claims.ts'

/**
 * A token is a client's own where it has no `sub`, or one that is the client's id (RFC 9068 §2.2). The client
 * is `client_id`, or `azp` where an issuer writes only that.
 *
 * @throws AccessTokenRefused where it names nobody
 */
export function toPrincipal(claims: AccessTokenClaims, providerId: string): Principal {
  const { iss, sub, client_id: clientId = claims.azp } = claims
  const subject = sub ?? clientId
  if (subject === undefined) throw new AccessTokenRefused('claims', 'neither sub nor client_id')
  const told = toSessionClaims(claims)
  return {
    kind: sub === undefined || sub === clientId ? 'client' : 'person',
    providerId,
    issuer: iss,
    subject,
    claims: clientId === undefined ? told : { ...told, client_id: clientId },
    scopes: toScopes(claims.scope ?? claims.scp ?? []),
    endsAt: claims.exp,
    audiences: typeof claims.aud === 'string' ? [claims.aud] : claims.aud,
  }
}

function toScopes(value: string | readonly string[]): readonly string[] {
  return (typeof value === 'string' ? value.split(' ') : value).filter((scope) => scope !== '')
}
