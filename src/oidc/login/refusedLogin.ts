// What it means for a login that the issuer said no: to this person, or to this gateway, and then what its
// operator has to look at. The log gets the issuer's code, never its own words.

import { GatewayError } from '../../errors/gatewayError.ts'
import { AuthorizationRequestRefused, type TokenRequestRefused } from '../issuer/faults.ts'

/** By error code (RFC 6749 §4.1.2.1, §5.2; RFC 8707 §2): the operator's to mend. */
const operatorAdvice: ReadonlyMap<string, string> = new Map([
  ['invalid_client', 'check clientId, clientSecret and clientAuthentication'],
  [
    'unauthorized_client',
    'check clientId, clientSecret and clientAuthentication, and that the issuer allows this client the code flow',
  ],
  [
    'invalid_request',
    'check authorizationParameters, and that the issuer has the redirect URI of this gateway',
  ],
  ['invalid_scope', 'check scopes'],
  ['invalid_target', 'check authorizationParameters'],
  ['unsupported_response_type', 'check that the issuer allows this client the code flow'],
  [
    'unsupported_grant_type',
    'check that the issuer allows this client authorization codes and refresh tokens',
  ],
])

const invalidGrantAdvice =
  'the code was too old or used before, or publicUrl is not where the issuer sent the browser'

/** For a log: what the operator can look at, after a semicolon; empty for all other codes. */
export function describeOperatorAdvice(errorCode: string): string {
  const advice = operatorAdvice.get(errorCode)
  return advice === undefined ? '' : `; ${advice}`
}

/** `login_misconfigured` where the gateway itself was refused, `login_refused` where the person was. */
export function toRefusedLogin(
  providerId: string,
  fault: AuthorizationRequestRefused | TokenRequestRefused,
): GatewayError {
  const { errorCode, message } = fault
  const detail = `provider ${providerId}: ${message}`
  if (operatorAdvice.has(errorCode)) {
    return new GatewayError('login_misconfigured', detail + describeOperatorAdvice(errorCode))
  }
  if (fault instanceof AuthorizationRequestRefused) return new GatewayError('login_refused', detail)
  const advice = errorCode === 'invalid_grant' ? `; ${invalidGrantAdvice}` : ''
  return new GatewayError('login_response_invalid', detail + advice)
}
