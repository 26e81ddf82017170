// One call to the token endpoint: a client's own id and secret for an access token of its own (RFC 6749 §4.4).
// Keeps nothing and repeats nothing. What comes out has been judged as an answer; the token itself has not.

import {
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  allowInsecureRequests,
  clientCredentialsGrant,
  customFetch,
  type TokenEndpointResponse,
} from 'openid-client'
import type { Secret } from '../../crypto/secret.ts'
import type { Clock, EpochSeconds } from '../../time.ts'
import type { IssuerFetch } from '../issuer/issuerFetch.ts'
import type { IssuerMetadata } from '../issuer/issuerMetadata.ts'
import { toBearerAnswer } from '../issuer/bearerAnswer.ts'

export interface ClientCredentialsRequest {
  readonly clientId: string
  readonly clientSecret: Secret
  readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post'
  /** None leaves it to the issuer which the client gets. */
  readonly scopes: readonly string[]
  /** RFC 8707 §2: the API that the token is for. */
  readonly resource?: string | undefined
  /** The same for issuers that have a parameter of their own for it. */
  readonly audience?: string | undefined
  /** What an issuer wants besides; never in place of what the others say. */
  readonly parameters?: Readonly<Record<string, string>>
}

export interface IssuedAccessToken {
  readonly accessToken: string
  /** Counted from before the call; undefined where the issuer does not say. */
  readonly expiresAt: EpochSeconds | undefined
  /**
   * Those that the issuer names. Threat: RFC 6749 §5.1 lets an answer without any stand for all that were asked
   * for, but there are issuers that grant none and say nothing.
   */
  readonly scopes: readonly string[]
}

export interface TokenEndpointAccess {
  readonly metadata: () => Promise<IssuerMetadata>
  readonly fetch: IssuerFetch
  readonly clock: Clock
}

/** @throws IssuerUnavailable, TokenRequestRefused (the issuer said no), AnswerInvalid */
export async function requestClientCredentialsToken(
  request: ClientCredentialsRequest,
  { metadata, fetch, clock }: TokenEndpointAccess,
): Promise<IssuedAccessToken> {
  const configuration = toClientConfiguration(await metadata(), request, fetch)
  const requestedAt = clock.now()
  const answer = await toBearerAnswer(clientCredentialsGrant(configuration, toParameters(request)))
  return toIssued(answer, requestedAt)
}

export function toIssued(
  { access_token: accessToken, expires_in: lifetime, scope = '' }: TokenEndpointResponse,
  requestedAt: EpochSeconds,
): IssuedAccessToken {
  return {
    accessToken,
    expiresAt: lifetime === undefined ? undefined : requestedAt + lifetime,
    scopes: scope.split(' ').filter((each) => each !== ''),
  }
}

/** For one request: the client, and how it says who it is. */
export function toClientConfiguration(
  metadata: IssuerMetadata,
  { clientId, clientSecret, clientAuthentication }: ClientCredentialsRequest,
  fetch: IssuerFetch,
): Configuration {
  const secret = clientSecret.reveal()
  // RFC 6749 §2.3.1: both are form-encoded before they are joined by a colon.
  const authentication =
    clientAuthentication === 'client_secret_post'
      ? ClientSecretPost(secret)
      : ClientSecretBasic(secret)
  const configuration = new Configuration(metadata, clientId, undefined, authentication)
  configuration[customFetch] = fetch
  // Because issuerFetch.ts decides about plain http, for every call alike.
  allowInsecureRequests(configuration)
  return configuration
}

/** What the token is to be good for. */
export function toParameters(request: ClientCredentialsRequest): URLSearchParams {
  const { scopes, resource, audience } = request
  const parameters = new URLSearchParams(request.parameters)
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  if (resource !== undefined) parameters.set('resource', resource)
  if (audience !== undefined) parameters.set('audience', audience)
  return parameters
}
