// Verifies an access token that is a JWT (RFC 9068 §4, and plain ones): header, signature, then its claims.

import type { EpochSeconds } from '../../time.ts'
import {
  checkAccessTokenClaims,
  type AccessTokenClaims,
  type ClaimRules,
} from './accessTokenClaims.ts'
import { verifyJwt, type SignaturePolicy, type UnverifiedJwt } from './jwt.ts'

export interface AccessTokenPolicy {
  readonly signature: SignaturePolicy
  readonly claims: ClaimRules
}

/**
 * A promise only where keys have to be read first.
 *
 * @throws AccessTokenRefused, IssuerUnavailable (its keys cannot be read)
 */
export function verifyAccessToken(
  jwt: UnverifiedJwt,
  policy: AccessTokenPolicy,
  now: EpochSeconds,
): AccessTokenClaims | Promise<AccessTokenClaims> {
  const payload = verifyJwt(jwt, policy.signature)
  if (!(payload instanceof Promise)) return checkAccessTokenClaims(payload, policy.claims, now)
  return payload.then((read) => checkAccessTokenClaims(read, policy.claims, now))
}
