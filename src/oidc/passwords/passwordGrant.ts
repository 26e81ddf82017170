// The resource owner password credentials grant (RFC 6749 §4.3): a user name and a password for tokens. What comes
// out is a SignIn like any other, its ID Token verified in full, or a refusal with a name. RFC 9700 §2.4 says not
// to use it: it is there for applications that cannot do otherwise.

import { customFetch, genericGrantRequest, type TokenEndpointResponse } from 'openid-client'
import type { Secret } from '../../crypto/secret.ts'
import type { Claims, SignIn } from '../../sessions/session.ts'
import { toSessionClaims, toSignIn } from '../idToken/claims.ts'
import type { RelyingPartyContext } from '../login/context.ts'
import { toClient, type Issuer } from '../issuer/discovery.ts'
import {
  IssuerUnavailable,
  TokenRequestRefused,
  isIssuerFault,
  toIssuerFault,
} from '../issuer/faults.ts'
import { verifyPasswordIdToken } from '../idToken/idToken.ts'
import { isObject } from '../accessTokens/jwt.ts'
import {
  findPasswordRefusal,
  type PasswordRefusal,
  type PasswordRefusalReason,
} from './passwordRefusal.ts'
import { toBearerAnswer } from '../issuer/bearerAnswer.ts'
import { toTokenSet } from '../login/tokenRequest.ts'
import { completeClaims, readUserinfoClaims } from '../idToken/userinfo.ts'

export interface PasswordCredentials {
  /** Both as they were typed; nothing is trimmed or normalised. */
  readonly username: string
  readonly password: Secret
  /** What is asked for. Default: the provider's `scopes`. */
  readonly scopes?: readonly string[]
  /** Whether it was right a while ago, and never wrong since: then it is no guess, and waits for nobody's. */
  readonly isProven?: boolean
}

export type PasswordGrantResult =
  | { readonly outcome: 'signed_in'; readonly signIn: SignIn }
  | {
      readonly outcome: 'refused'
      readonly reason: PasswordRefusalReason
      /** For the log. */
      readonly detail: string
      /** Whether it is a failed attempt: false where the password was right, or where no answer came at all. */
      readonly isCounted: boolean
    }

/** What the issuer said instead of tokens. */
class PasswordRefused extends Error {
  override readonly name = 'PasswordRefused'
  readonly refusal: PasswordRefusal

  constructor(refusal: PasswordRefusal) {
    super(refusal.detail)
    this.refusal = refusal
  }
}

/** Never throws for anything that the issuer does. */
export async function signInWithPassword(
  context: RelyingPartyContext,
  credentials: PasswordCredentials,
): Promise<PasswordGrantResult> {
  let isGranted = false
  try {
    const issuer = await context.discovery.demand()
    const requestedAt = context.clock.now()
    const answer = await context.passwordCalls.run(
      () => redeemPassword(context, issuer, credentials),
      credentials.isProven === true ? 'known' : 'stranger',
    )
    isGranted = true
    const claims = await readClaims(context, issuer, answer)
    const { scopes = context.provider.scopes } = credentials
    const tokens = toTokenSet(answer, { scopes }, requestedAt)
    return { outcome: 'signed_in', signIn: toSignIn(context.provider.issuer, claims, tokens) }
  } catch (error) {
    return toRefused(error, isGranted)
  }
}

async function redeemPassword(
  context: RelyingPartyContext,
  issuer: Issuer,
  { username, password, scopes = context.provider.scopes }: PasswordCredentials,
): Promise<TokenEndpointResponse> {
  const client = toClient(context.provider, issuer.metadata, context.fetch)
  let refused: PasswordRefused | undefined
  client[customFetch] = async (url, { method, headers, body }) => {
    const response = await context.fetch(url, { method, headers, body, keepsRefusals: true })
    const refusal = findPasswordRefusal(response.status, await readMembers(response.clone()))
    if (refusal === undefined) return response
    refused = new PasswordRefused(refusal)
    throw refused
  }
  const parameters = {
    ...context.provider.password?.parameters,
    scope: scopes.join(' '),
    username,
    password: password.reveal(),
  }
  return toBearerAnswer(genericGrantRequest(client, 'password', parameters)).catch(
    (error: unknown) => {
      // Because openid-client would call it a failed network.
      throw refused ?? error
    },
  )
}

async function readMembers(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = await response.json()
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

// OpenID Connect Core 1.0 §3.1.3.3 promises an ID Token to the code flow alone; without one, userinfo says who it is.
async function readClaims(
  context: RelyingPartyContext,
  issuer: Issuer,
  { id_token: idToken, access_token: accessToken }: TokenEndpointResponse,
): Promise<Claims> {
  if (idToken === undefined) return readUserinfoClaims(issuer, accessToken)
  const received = { idToken, accessToken, now: context.clock.now() }
  const verified = await verifyPasswordIdToken(received, context.idTokenPolicy(issuer))
  return completeClaims(toSessionClaims(verified), issuer, accessToken, context.neededClaims)
}

/** @param isGranted - Whether tokens came, so that the password was right. */
function toRefused(thrown: unknown, isGranted: boolean): PasswordGrantResult {
  if (thrown instanceof PasswordRefused) return { outcome: 'refused', ...thrown.refusal }
  const error = toIssuerFault(thrown)
  if (error instanceof IssuerUnavailable) {
    const isCounted = !isGranted && !error.isSilent
    return { outcome: 'refused', reason: 'unavailable', detail: error.message, isCounted }
  }
  // Because openid-client never sees a refusal, one that it names is that of userinfo.
  if (!isIssuerFault(error) || error instanceof TokenRequestRefused) throw thrown
  const detail = `${error.name}: ${error.message}`
  // Because only what looked like tokens is judged any further: the password was right.
  return { outcome: 'refused', reason: 'misconfigured', detail, isCounted: false }
}
