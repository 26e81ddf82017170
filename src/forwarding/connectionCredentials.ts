// Which credentials of a client's own may sign in the connection that they come on. Asked only on routes that pass
// the client's Authorization on.

import { findFieldValues } from '../http/fields.ts'

/** Schemes that are known to say who sends one request, and nothing of the next. */
const ofOneRequest: ReadonlySet<string> = new Set([
  'basic',
  'bearer',
  'digest',
  'dpop',
  'token',
  'apikey',
])

/**
 * Threat: NTLM and Negotiate (RFC 4559 §6) sign in a connection: whoever came next on it would be whoever signed in.
 * Of a scheme that is not known that is assumed.
 */
export function maySignInConnection(fields: readonly string[]): boolean {
  return findFieldValues(fields, 'authorization').some((value) => {
    const [scheme = ''] = value.trimStart().split(/[ \t]/, 1)
    return !ofOneRequest.has(scheme.toLowerCase())
  })
}
