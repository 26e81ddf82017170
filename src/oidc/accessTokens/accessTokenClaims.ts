// The claims of an access token (RFC 9068 §2.2, RFC 7662 §2.2), once it is certain that the issuer says them:
// their types, for whom the token is, and when it counts.

import { z } from 'zod'
import type { ClaimValue } from '../../sessions/session.ts'
import type { EpochSeconds, Milliseconds } from '../../time.ts'
import { AccessTokenRefused, quote } from './accessTokenRefused.ts'
import { numericDate } from '../idToken/idTokenClaims.ts'

const name = z.string().min(1).max(255)
const scopes = z.union([z.string(), z.array(z.string())])

const claimsSchema = z
  .object({
    iss: z.string(),
    aud: z.union([z.string(), z.array(z.string())]),
    exp: numericDate,
    iat: numericDate.optional(),
    nbf: numericDate.optional(),
    sub: name.optional(),
    client_id: name.optional(),
    azp: name.optional(),
    scope: scopes.optional(),
    scp: scopes.optional(),
  })
  // Because what comes out of JSON.parse is a ClaimValue all through.
  .catchall(z.custom<ClaimValue>(() => true))

export type AccessTokenClaims = z.output<typeof claimsSchema>

export interface ClaimRules {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly requiredClaims: Readonly<Record<string, readonly ClaimValue[]>>
  readonly maximumLifetime: Milliseconds | undefined
  readonly clockSkew: Milliseconds
  /** Zero for what the issuer has said by its own clock. */
  readonly expirySkew: Milliseconds
}

/** @throws AccessTokenRefused */
export function checkAccessTokenClaims(
  payload: unknown,
  rules: ClaimRules,
  now: EpochSeconds,
): AccessTokenClaims {
  const claims = parseAccessTokenClaims(payload)
  if (claims.iss !== rules.issuer) refuse('issuer', 'iss', claims.iss)
  checkAudience(claims.aud, rules.audiences)
  checkTimes(claims, rules, now)
  checkKind(claims)
  checkRequired(claims, rules.requiredClaims)
  return claims
}

/**
 * Their types alone.
 *
 * @throws AccessTokenRefused
 */
export function parseAccessTokenClaims(payload: unknown): AccessTokenClaims {
  const parsed = claimsSchema.safeParse(payload)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  throw new AccessTokenRefused('claims', `${path}: ${issue?.message ?? 'invalid'}`)
}

function checkAudience(aud: AccessTokenClaims['aud'], audiences: readonly string[]): void {
  const found = typeof aud === 'string' ? [aud] : aud
  if (!found.some((audience) => audiences.includes(audience))) refuse('audience', 'aud', aud)
}

function checkTimes({ exp, nbf, iat }: AccessTokenClaims, rules: ClaimRules, now: number): void {
  const latest = now + rules.clockSkew / 1000
  if (exp <= now - rules.expirySkew / 1000) refuse('expired', 'exp', exp)
  if (nbf !== undefined && nbf > latest) refuse('not_yet_valid', 'nbf', nbf)
  if (iat !== undefined && iat > latest) refuse('not_yet_valid', 'iat', iat)
  if (rules.maximumLifetime === undefined) return
  if (iat === undefined || exp - iat > rules.maximumLifetime / 1000) {
    refuse('lifetime', 'exp - iat', iat === undefined ? undefined : exp - iat)
  }
}

const ofOtherTokens = ['at_hash', 'c_hash', 'events']

function checkKind(claims: AccessTokenClaims): void {
  // Threat: where an API's audience is the client id, an ID Token or a logout token without typ is for it, too.
  const other = ofOtherTokens.find((each) => Object.hasOwn(claims, each))
  if (other !== undefined) throw new AccessTokenRefused('type', `${other}: no access token has it`)
}

function checkRequired(claims: AccessTokenClaims, required: ClaimRules['requiredClaims']): void {
  for (const [name, accepted] of Object.entries(required)) {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined
    const values = Array.isArray(value) ? value : [value]
    const holds = accepted.length === 0 || values.some((each) => accepted.includes(each))
    if (value === undefined || value === null || !holds) refuse('claims', name, value)
  }
}

function refuse(
  reason: ConstructorParameters<typeof AccessTokenRefused>[0],
  claim: string,
  found: unknown,
): never {
  throw new AccessTokenRefused(reason, `${claim}: ${quote(found)} is not accepted`)
}
