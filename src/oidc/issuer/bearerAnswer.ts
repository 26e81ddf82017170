// What every grant has in common: the token endpoint answers with a bearer token that can be sent, or not at all.

import type { TokenEndpointResponse } from 'openid-client'
import { AnswerInvalid, toIssuerFault } from './faults.ts'

/**
 * The answer, where it is of bearer tokens; else what openid-client throws, by its kind.
 *
 * @throws IssuerUnavailable, TokenRequestRefused, AnswerInvalid, IdTokenRefused
 */
export async function toBearerAnswer(
  request: Promise<TokenEndpointResponse>,
): Promise<TokenEndpointResponse> {
  const answer = await request.catch((error: unknown) => {
    throw toIssuerFault(error)
  })
  if (answer.token_type !== 'bearer') {
    throw new AnswerInvalid('the token endpoint answered with a token_type other than bearer')
  }
  if (!sendable.test(answer.access_token)) {
    throw new AnswerInvalid('the token endpoint answered with an access token that cannot be sent')
  }
  return answer
}

// RFC 6749 A.12, RFC 6750 §2.1. Threat: whatever writes another one into a field quotes it in its complaint.
const sendable = /^[\u0021-\u007e]+$/
