// The access token of an Authorization field (RFC 6750 §2.1). Never out of the query or a form. Hot: one walk
// over the fields per request.

import { isFieldNamed, isToken } from '../http/fields.ts'

export type BearerCredentials =
  | { readonly token: string }
  /** The field says Bearer, but not what RFC 6750 says it should. */
  | { readonly fault: string }

/** Undefined where no Authorization field speaks of Bearer, in any case of letters. */
export function findBearerCredentials(fields: readonly string[]): BearerCredentials | undefined {
  let value: string | undefined
  for (let at = 0; at < fields.length; at += 2) {
    if (!isFieldNamed(fields[at]!, 'authorization')) continue
    // Threat: two fields, of which another server would believe the other.
    if (value !== undefined) return { fault: 'more than one Authorization field' }
    value = fields[at + 1]!
  }
  return value === undefined || !isOfBearer(value) ? undefined : parse(value)
}

const scheme = 'bearer'

// RFC 9110 §11.1: the name of a scheme is a token, and its case says nothing.
function isOfBearer(value: string): boolean {
  if (value.slice(0, scheme.length).toLowerCase() !== scheme) return false
  return value.length === scheme.length || !isToken(value.charAt(scheme.length))
}

function parse(value: string): BearerCredentials {
  let start = scheme.length
  while (value.charCodeAt(start) === 0x20) start += 1
  if (start === value.length) return { fault: 'Bearer without a token' }
  if (start === scheme.length) return { fault: 'Bearer without a space behind it' }
  const token = value.slice(start)
  return isToken68(token) ? { token } : { fault: 'Bearer with characters that no token has' }
}

/** What RFC 9110 §11.2 `token68`, which RFC 6750 §2.1 calls b64token, has nowhere but at its end. */
const foreign = /[^A-Za-z0-9._~+/-]/

// Because a search by an expression that never goes back costs a third of a loop over the characters.
function isToken68(text: string): boolean {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0x3d) end -= 1
  return end > 0 && !foreign.test(end === text.length ? text : text.slice(0, end))
}
