// One call to the token endpoint: a caller's access token for one that another API takes (RFC 8693). Keeps nothing
// and repeats nothing.

import { genericGrantRequest } from 'openid-client'
import {
  toClientConfiguration,
  toIssued,
  toParameters,
  type ClientCredentialsRequest,
  type IssuedAccessToken,
  type TokenEndpointAccess,
} from '../clientCredentials/clientCredentialsGrant.ts'
import { AnswerInvalid } from '../issuer/faults.ts'
import { toBearerAnswer } from '../issuer/bearerAnswer.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

// RFC 8693 §3: a JWT may be an access token; an ID Token or a refresh token is none.
const acceptedTypes: ReadonlySet<unknown> = new Set([
  accessTokenType,
  'urn:ietf:params:oauth:token-type:jwt',
])

/**
 * @param request by which client, and for what
 * @param subjectToken the caller's; it has to be this issuer's
 * @throws IssuerUnavailable, TokenRequestRefused (the issuer said no), AnswerInvalid
 */
export async function exchangeToken(
  request: ClientCredentialsRequest,
  subjectToken: string,
  { metadata, fetch, clock }: TokenEndpointAccess,
): Promise<IssuedAccessToken> {
  const configuration = toClientConfiguration(await metadata(), request, fetch)
  const requestedAt = clock.now()
  const parameters = toParameters(request)
  parameters.set('subject_token', subjectToken)
  parameters.set('subject_token_type', accessTokenType)
  parameters.set('requested_token_type', accessTokenType)
  const answer = await toBearerAnswer(genericGrantRequest(configuration, grantType, parameters))
  // RFC 8693 §2.2.1: it has to be said. Threat: a token of another kind, sent where an access token belongs.
  if (!acceptedTypes.has(answer['issued_token_type'])) {
    throw new AnswerInvalid('the token endpoint answered with an issued_token_type of another kind')
  }
  return toIssued(answer, requestedAt)
}
