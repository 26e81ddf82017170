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

/** @throws AccessTokenRefused, IssuerUnavailable (its keys cannot be read) */
export async function verifyAccessToken(
  jwt: UnverifiedJwt,
  policy: AccessTokenPolicy,
  now: EpochSeconds,
): Promise<AccessTokenClaims> {
  return checkAccessTokenClaims(await verifyJwt(jwt, policy.signature), policy.claims, now)
}
