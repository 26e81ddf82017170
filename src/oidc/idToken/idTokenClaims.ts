// The claims of an ID Token whose signature has been verified: their types, and whom, for whom and when.

import { z } from 'zod'
import type { ClaimValue } from '../../sessions/session.ts'
import type { EpochSeconds, Milliseconds } from '../../time.ts'
import { IdTokenRefused } from '../issuer/faults.ts'

// RFC 7519 §2, up to the year 9999. Threat: 1e300 never expires.
export const numericDate = z.number().min(0).max(253_402_300_799)

const claimsSchema = z
  .object({
    iss: z.string(),
    // OpenID Connect Core 1.0 §2.
    sub: z.string().min(1).max(255),
    aud: z.union([z.string(), z.array(z.string()).min(1)]),
    exp: numericDate,
    iat: numericDate,
    nbf: numericDate.optional(),
    azp: z.string().optional(),
    nonce: z.string().optional(),
    auth_time: numericDate.optional(),
    at_hash: z.string().optional(),
    sid: z.string().min(1).max(255).optional(),
  })
  // Because what comes out of JSON.parse is a ClaimValue all through.
  .catchall(z.custom<ClaimValue>(() => true))

export type IdTokenClaims = z.output<typeof claimsSchema>

export interface ClaimsPolicy {
  readonly issuer: string
  readonly clientId: string
  readonly clockSkew: Milliseconds
}

/** @throws IdTokenRefused */
export function checkIdTokenClaims(
  payload: unknown,
  policy: ClaimsPolicy,
  now: EpochSeconds,
): IdTokenClaims {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new IdTokenRefused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
  }
  const claims = parsed.data
  if (claims.iss !== policy.issuer) refuse('iss', claims.iss, policy.issuer)
  checkAudience(claims, policy.clientId)
  checkTimes(claims, now, policy.clockSkew / 1000)
  return claims
}

// OpenID Connect Core 1.0 §3.1.3.7, 3 to 5: several audiences need an authorized party, and it is this client.
function checkAudience({ aud, azp }: IdTokenClaims, clientId: string): void {
  const audiences = typeof aud === 'string' ? [aud] : aud
  if (!audiences.includes(clientId)) refuse('aud', aud, clientId)
  if (azp === undefined && audiences.length > 1) refuse('azp', azp, clientId)
  if (azp !== undefined && azp !== clientId) refuse('azp', azp, clientId)
}

function checkTimes(claims: IdTokenClaims, now: EpochSeconds, skew: EpochSeconds): void {
  if (claims.exp <= now - skew) refuse('exp', claims.exp, `more than ${now - skew}`)
  if (claims.iat > now + skew) refuse('iat', claims.iat, `at most ${now + skew}`)
  if (claims.nbf !== undefined && claims.nbf > now + skew) {
    refuse('nbf', claims.nbf, `at most ${now + skew}`)
  }
}

function refuse(claim: string, found: unknown, expected: string): never {
  const text = (JSON.stringify(found) ?? 'nothing').slice(0, 200)
  throw new IdTokenRefused(`${claim}: found ${text}, expected ${expected}`)
}
