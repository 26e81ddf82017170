// The access token of an Authorization field: Bearer (RFC 6750 §2.1), or DPoP (RFC 9449 §7.1) where a route takes
// that. Hot: one walk over the fields per request.

import type { TokenScheme } from '../../errors/challenge.ts'
import { isFieldNamed, isToken } from '../../http/fields.ts'

export interface PresentedToken {
  readonly token: string
  readonly scheme: TokenScheme
}

/** A token was meant to be there, but what is there is none, or more than one. */
export interface CredentialsFault {
  readonly fault: string
}

export type BearerCredentials = PresentedToken | CredentialsFault

/** The one value. */
export function findAuthorization(
  fields: readonly string[],
): string | CredentialsFault | undefined {
  let value: string | undefined
  for (let at = 0; at < fields.length; at += 2) {
    if (!isFieldNamed(fields[at]!, 'authorization')) continue
    // Threat: two fields, of which another server would believe the other.
    if (value !== undefined) return { fault: 'more than one Authorization field' }
    value = fields[at + 1]!
  }
  return value
}

const bearerAlone: readonly TokenScheme[] = ['Bearer']

/** Undefined where no Authorization field speaks of one of the schemes, in any case of letters. */
export function findBearerCredentials(
  fields: readonly string[],
  schemes: readonly TokenScheme[] = bearerAlone,
): BearerCredentials | undefined {
  const found = findAuthorization(fields)
  return typeof found === 'string' ? parseCredentials(found, schemes) : found
}

/** Undefined for any other scheme. */
export function parseCredentials(
  value: string,
  schemes: readonly TokenScheme[],
): BearerCredentials | undefined {
  for (const scheme of schemes) {
    if (isOfScheme(value, lowerCased[scheme])) return parse(value, scheme)
  }
  return undefined
}

const lowerCased = { Bearer: 'bearer', DPoP: 'dpop' }

/** RFC 9110 §11.1: the name of a scheme, here in lower case, is a token, and its case says nothing. */
export function isOfScheme(value: string, scheme: string): boolean {
  if (value.slice(0, scheme.length).toLowerCase() !== scheme) return false
  return value.length === scheme.length || !isToken(value.charAt(scheme.length))
}

// Because a search by an expression that never goes back costs a tenth of a loop over a million characters.
const otherThanSpace = /[^ ]/

function parse(value: string, scheme: TokenScheme): BearerCredentials {
  const rest = value.slice(scheme.length)
  const spaces = rest.search(otherThanSpace)
  if (spaces === -1) return { fault: `${scheme} without a token` }
  if (spaces === 0) return { fault: `${scheme} without a space behind it` }
  const token = rest.slice(spaces)
  return isToken68(token)
    ? { token, scheme }
    : { fault: `${scheme} with characters that no token has` }
}

/** What RFC 9110 §11.2 `token68`, which RFC 6750 §2.1 calls b64token, has nowhere but at its end. */
const foreign = /[^A-Za-z0-9._~+/-]/
const otherThanPadding = /[^=]/

export function isToken68(text: string): boolean {
  const end = text.search(foreign)
  if (end === -1) return text !== ''
  return end > 0 && !otherThanPadding.test(text.slice(end))
}
