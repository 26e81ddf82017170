// One token request for a caller's credentials, and what its answer says about them. 64 calls at a time for a
// provider, 256 behind them.

import type { ClientCredentialsProvider } from '../../config/config.ts'
import { createCallLimit, type Caller } from '../issuer/callLimit.ts'
import {
  requestClientCredentialsToken,
  type TokenEndpointAccess,
} from './clientCredentialsGrant.ts'
import type { ClientCredentials } from './clientCredentialsIssuer.ts'
import type { CredentialVerdict } from './credentialCache.ts'
import { TokenRequestRefused } from '../issuer/faults.ts'
import { toIssuedToken, type IssuedToken } from './issuedTokenJudge.ts'

export interface ClientTokenRequestOptions extends TokenEndpointAccess {
  readonly provider: ClientCredentialsProvider
}

/** @throws IssuerUnavailable, AnswerInvalid */
export type RequestClientToken = (
  credentials: ClientCredentials,
  scopes: readonly string[],
  caller: Caller,
) => Promise<CredentialVerdict<IssuedToken>>

const maxRunning = 64
const maxWaiting = 256

export function createClientTokenRequest(options: ClientTokenRequestOptions): RequestClientToken {
  const limit = createCallLimit(maxRunning, maxWaiting)
  const { provider, clock } = options
  const { clientAuthentication, resource, audience, parameters, cacheTime } =
    provider.clientCredentials
  const asked = { clientAuthentication, resource, audience, parameters }
  return async (credentials, scopes, caller) => {
    const askedAt = clock.now()
    try {
      const request = { ...asked, ...credentials, scopes }
      const issued = await limit.run(() => requestClientCredentialsToken(request, options), caller)
      const until = Math.min(issued.expiresAt ?? Infinity, askedAt + cacheTime / 1000)
      const value = toIssuedToken(issued, { provider, clientId: credentials.clientId, askedAt })
      return { outcome: 'granted', value, until }
    } catch (error) {
      if (error instanceof TokenRequestRefused) return toVerdict(error)
      throw error
    }
  }
}

const ofWrongCredentials = new Set(['invalid_client', 'invalid_grant', 'access_denied'])

// RFC 6749 §5.2, RFC 8707 §2: these an issuer says only to a client that it knows.
const ofKnownClients = new Set([
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
])

function toVerdict({ errorCode, message }: TokenRequestRefused): CredentialVerdict<never> {
  if (ofWrongCredentials.has(errorCode)) return { outcome: 'wrong_credentials', detail: message }
  const provesCredentials = ofKnownClients.has(errorCode)
  return { outcome: 'refused', errorCode, detail: message, provesCredentials }
}
