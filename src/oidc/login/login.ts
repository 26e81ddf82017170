// From an authorization response to a SignIn: check the response, redeem the code, verify the ID Token,
// complete the claims. Whatever fails on the way has a name, and no SignIn comes out.

import { GatewayError } from '../../errors/gatewayError.ts'
import type { SignIn } from '../../sessions/session.ts'
import { checkAuthorizationResponse } from './callback.ts'
import { toSessionClaims, toSignIn } from '../idToken/claims.ts'
import type { RelyingPartyContext } from './context.ts'
import type { Issuer } from '../issuer/discovery.ts'
import {
  AuthorizationRequestRefused,
  IssuerUnavailable,
  TokenRequestRefused,
  isIssuerFault,
} from '../issuer/faults.ts'
import { verifyLoginIdToken } from '../idToken/idToken.ts'
import { toRefusedLogin } from './refusedLogin.ts'
import type { LoginSecrets } from './loginSecrets.ts'
import { redeemCode, toTokenSet, type CodeGrant } from './tokenRequest.ts'
import { completeClaims } from '../idToken/userinfo.ts'

const retryAfterSeconds = 5

/** @throws GatewayError `login_refused`, `login_misconfigured`, `login_response_invalid`, `issuer_unavailable` */
export async function signIn(
  context: RelyingPartyContext,
  parameters: URLSearchParams,
  secrets: LoginSecrets,
  redirectUri: string,
): Promise<SignIn> {
  try {
    const issuer = await context.discovery.demand()
    const code = checkAuthorizationResponse(parameters, secrets.state, issuer.metadata)
    return await redeem(context, issuer, { code, redirectUri, secrets })
  } catch (error) {
    throw toLoginError(error, context.provider.id)
  }
}

async function redeem(
  context: RelyingPartyContext,
  issuer: Issuer,
  grant: CodeGrant,
): Promise<SignIn> {
  const { provider, clock } = context
  const requestedAt = clock.now()
  const answer = await redeemCode(issuer, grant)
  const { access_token: accessToken, id_token: idToken = '' } = answer
  const received = { idToken, accessToken, now: clock.now() }
  const policy = context.idTokenPolicy(issuer)
  const idTokenClaims = await verifyLoginIdToken(received, policy, grant.secrets.nonce)
  const claims = await completeClaims(
    toSessionClaims(idTokenClaims),
    issuer,
    accessToken,
    context.neededClaims,
  )
  const tokens = toTokenSet(answer, { idToken, scopes: provider.scopes }, requestedAt)
  return toSignIn(provider.issuer, claims, tokens)
}

/** The refusal for a fault of the issuer's; any other error as it is. */
export function toLoginError(error: unknown, providerId: string): unknown {
  if (!isIssuerFault(error)) return error
  if (error instanceof IssuerUnavailable) {
    return new GatewayError('issuer_unavailable', error.message, { retryAfterSeconds })
  }
  if (error instanceof TokenRequestRefused || error instanceof AuthorizationRequestRefused) {
    return toRefusedLogin(providerId, error)
  }
  return new GatewayError('login_response_invalid', `${error.name}: ${error.message}`)
}
