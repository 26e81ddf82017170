// What it means for a caller that the issuer gave no token for its credentials.

import { GatewayError } from '../../errors/gatewayError.ts'
import type { AuthenticationResult } from '../../request.ts'
import type { CredentialAnswer } from './credentialCache.ts'

type Refused = Exclude<CredentialAnswer<unknown>, { outcome: 'granted' }>

/** @throws GatewayError `too_many_attempts`, `insufficient_scope`, `access_denied` */
export function toRefusedClient(answer: Refused, scopes: readonly string[]): AuthenticationResult {
  if (answer.outcome === 'wrong_credentials') {
    return { outcome: 'rejected', code: 'invalid_client', detail: answer.detail }
  }
  if (answer.outcome === 'too_many_attempts') {
    const { retryAfterSeconds } = answer
    const detail = 'too many wrong credentials for this client id'
    throw new GatewayError('too_many_attempts', detail, { retryAfterSeconds })
  }
  const { errorCode, detail } = answer
  if (errorCode === 'invalid_scope')
    throw new GatewayError('insufficient_scope', detail, { scopes })
  throw new GatewayError('access_denied', detail)
}
