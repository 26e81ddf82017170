// New tokens and claims for a session. Only what the issuer says about this very person or grant ends the
// session; its outages, and an operator's mistakes, do not.

import { decodeJwt } from 'jose'
import type { TokenEndpointResponse } from 'openid-client'
import { toFaultCode } from '../../errors/faultCode.ts'
import type { ClaimValue, Claims, RefreshResult, Session, SignIn } from '../../sessions/session.ts'
import { toSessionClaims, toSignIn, withoutClaims, withPreviousClaims } from '../idToken/claims.ts'
import type { RelyingPartyContext } from './context.ts'
import type { Issuer } from '../issuer/discovery.ts'
import {
  IdTokenRefused,
  IssuerUnavailable,
  TokenRequestRefused,
  isIssuerFault,
} from '../issuer/faults.ts'
import { checkKeys, verifyRefreshedIdToken } from '../idToken/idToken.ts'
import { describeOperatorAdvice } from './refusedLogin.ts'
import { redeemRefreshToken, toTokenSet } from './tokenRequest.ts'
import { completeClaims } from '../idToken/userinfo.ts'

/** Never throws. */
export async function refreshSession(
  context: RelyingPartyContext,
  session: Session,
): Promise<RefreshResult> {
  const { refreshToken } = session.tokens
  if (refreshToken === undefined) return unavailable('the session has no refresh token')
  if (session.issuer !== context.provider.issuer) return ended('iss: another issuer is configured')
  try {
    const issuer = await context.discovery.demand()
    return { outcome: 'refreshed', signIn: await renew(context, issuer, session, refreshToken) }
  } catch (error) {
    return toResult(context, error)
  }
}

async function renew(
  context: RelyingPartyContext,
  issuer: Issuer,
  session: Session,
  refreshToken: string,
): Promise<SignIn> {
  await checkKeys(context.idTokenPolicy(issuer))
  const requestedAt = context.clock.now()
  const answer = await redeemRefreshToken(issuer, refreshToken)
  const claims = await renewClaims(context, issuer, session, answer)
  return toSignIn(session.issuer, claims, toTokenSet(answer, session.tokens, requestedAt))
}

async function renewClaims(
  context: RelyingPartyContext,
  issuer: Issuer,
  session: Session,
  answer: TokenEndpointResponse,
): Promise<Claims> {
  const claims = await claimsOfIdToken(context, issuer, session, answer)
  try {
    return await completeClaims(claims, issuer, answer.access_token, context.neededClaims)
  } catch (error) {
    if (!(error instanceof IssuerUnavailable)) throw new IdTokenRefused(toDetail(error))
    // Because the refresh token has been used up by now: without the new one the session would be lost.
    const fields = { provider: context.provider.id, detail: error.message }
    context.log.warn(fields, 'userinfo cannot be read; the session keeps the claims it had')
    return withPreviousClaims(claims, session.claims, context.neededClaims)
  }
}

// OpenID Connect Core 1.0 §12.2: a refresh need not bring an ID Token; then the one before still stands.
async function claimsOfIdToken(
  context: RelyingPartyContext,
  issuer: Issuer,
  session: Session,
  { id_token: idToken, access_token: accessToken }: TokenEndpointResponse,
): Promise<Claims> {
  const previous = { subject: session.subject, ...session.tokens }
  if (idToken === undefined) return claimsSoFar(session, context.neededClaims)
  const received = { idToken, accessToken, now: context.clock.now() }
  const policy = context.idTokenPolicy(issuer)
  return toSessionClaims(await verifyRefreshedIdToken(received, policy, previous))
}

// Because without any ID Token the claims are userinfo's: those that somebody needs are asked for again.
function claimsSoFar({ claims, tokens }: Session, neededClaims: readonly string[]): Claims {
  if (tokens.idToken === undefined) return withoutClaims(claims, neededClaims)
  return toSessionClaims(decodeJwt<Record<string, ClaimValue>>(tokens.idToken))
}

function toResult(context: RelyingPartyContext, error: unknown): RefreshResult {
  if (error instanceof IdTokenRefused) return ended(`ID Token: ${error.message}`)
  if (!(error instanceof TokenRequestRefused)) return unavailable(toDetail(error))
  if (error.errorCode === 'invalid_grant') return ended('invalid_grant')
  // Because a wrong secret or a withdrawn grant type is the operator's to mend: nobody is signed out by it.
  const detail = error.message + describeOperatorAdvice(error.errorCode)
  const fields = { provider: context.provider.id, error: error.errorCode, detail }
  context.log.error(fields, 'the issuer refuses refresh requests of this client')
  return unavailable(error.errorCode)
}

function toDetail(error: unknown): string {
  if (isIssuerFault(error)) return error.message
  return toFaultCode(error)
}

function ended(detail: string): RefreshResult {
  return { outcome: 'ended', detail }
}

function unavailable(detail: string): RefreshResult {
  return { outcome: 'unavailable', detail }
}
