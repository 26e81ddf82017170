// The two calls to the token endpoint: an authorization code and a refresh token, redeemed for tokens. What
// comes out has been judged as an answer; its ID Token is still to be verified (idToken/idToken.ts).

import {
  authorizationCodeGrant,
  refreshTokenGrant,
  type TokenEndpointResponse,
} from 'openid-client'
import type { TokenSet } from '../../sessions/session.ts'
import type { EpochSeconds } from '../../time.ts'
import { toBearerAnswer } from '../issuer/bearerAnswer.ts'
import type { Issuer } from '../issuer/discovery.ts'
import type { LoginSecrets } from './loginSecrets.ts'

export interface CodeGrant {
  readonly code: string
  /** Exactly as in the authorization request. */
  readonly redirectUri: string
  readonly secrets: LoginSecrets
}

/** @throws IssuerUnavailable, TokenRequestRefused, AnswerInvalid, IdTokenRefused */
export async function redeemCode(issuer: Issuer, grant: CodeGrant): Promise<TokenEndpointResponse> {
  const { state, nonce, codeVerifier } = grant.secrets
  const callback = new URL(grant.redirectUri)
  // Because the library reads a whole callback URL; the response itself has been checked by callback.ts.
  callback.search = new URLSearchParams({
    code: grant.code,
    state,
    iss: issuer.metadata.issuer,
  }).toString()
  return toBearerAnswer(
    authorizationCodeGrant(issuer.configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    }),
  )
}

/** @throws IssuerUnavailable, TokenRequestRefused, AnswerInvalid, IdTokenRefused */
export async function redeemRefreshToken(
  issuer: Issuer,
  refreshToken: string,
): Promise<TokenEndpointResponse> {
  return toBearerAnswer(refreshTokenGrant(issuer.configuration, refreshToken))
}

/** What an answer may leave out (RFC 6749 §5.1, §6), and what holds then. */
export interface TokensBefore {
  readonly idToken?: string
  readonly scopes: readonly string[]
  readonly refreshToken?: string
}

/** `requestedAt` is before the call, so that a token is never taken for longer-lived than it is. */
export function toTokenSet(
  answer: TokenEndpointResponse,
  before: TokensBefore,
  requestedAt: EpochSeconds,
): TokenSet {
  const refreshToken = answer.refresh_token ?? before.refreshToken
  const idToken = answer.id_token ?? before.idToken
  return {
    ...(idToken === undefined ? {} : { idToken }),
    accessToken: answer.access_token,
    ...(answer.expires_in === undefined
      ? {}
      : { accessTokenExpiresAt: requestedAt + answer.expires_in }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    scopes: answer.scope?.split(' ').filter((scope) => scope !== '') ?? before.scopes,
  }
}
