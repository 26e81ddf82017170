// Checks an authorization response before anything is redeemed. The order is the security model.

import { timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../../errors/gatewayError.ts'
import { AuthorizationRequestRefused, toErrorCode } from '../issuer/faults.ts'
import type { IssuerMetadata } from '../issuer/issuerMetadata.ts'

/**
 * The code of an authorization response that is one of this issuer's to this login.
 * @throws AuthorizationRequestRefused (it is an error response), GatewayError `login_response_invalid`
 */
export function checkAuthorizationResponse(
  parameters: URLSearchParams,
  state: string,
  metadata: IssuerMetadata,
): string {
  checkNoDuplicates(parameters)
  checkState(parameters.get('state'), state)
  checkIssuer(parameters.get('iss'), metadata)
  checkNoError(parameters.get('error'))
  checkResponseType(parameters)
  return checkCode(parameters.get('code'))
}

// Threat: two readers of one response that take different values.
function checkNoDuplicates(parameters: URLSearchParams): void {
  const names = [...parameters.keys()]
  if (new Set(names).size !== names.length) refuse('a parameter was given twice')
}

// Threat: a response of another login, planted into this browser.
function checkState(found: string | null, expected: string): void {
  const [one, other] = [Buffer.from(found ?? ''), Buffer.from(expected)]
  if (one.length !== other.length || !timingSafeEqual(one, other))
    refuse('state: not of this login')
}

// RFC 9207 §2.4. Threat: a mixed-up issuer, to which the code of another would be sent.
function checkIssuer(found: string | null, metadata: IssuerMetadata): void {
  if (found === null) {
    if (metadata.authorization_response_iss_parameter_supported) refuse('iss: missing')
  } else if (found !== metadata.issuer) {
    refuse(`iss: found ${JSON.stringify(found.slice(0, 200))}, expected ${metadata.issuer}`)
  }
}

// RFC 6749 §4.1.2.1. The description is the issuer's own text: neither shown nor logged.
function checkNoError(error: string | null): void {
  if (error !== null) throw new AuthorizationRequestRefused(toErrorCode(error))
}

// Threat: tokens that came through the browser, in place of those that the code would bring.
function checkResponseType(parameters: URLSearchParams): void {
  for (const name of ['response', 'id_token', 'access_token', 'token']) {
    if (parameters.has(name)) refuse(`${name}: not part of the response type code`)
  }
}

function checkCode(code: string | null): string {
  if (code === null || code === '') return refuse('code: missing')
  return code
}

function refuse(detail: string): never {
  throw new GatewayError('login_response_invalid', detail)
}
