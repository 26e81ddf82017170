// User id and password of an Authorization field (RFC 7617 §2), read as UTF-8. What cannot be read in one way
// only is a fault. Hot: one walk over the fields per request.

import { Secret } from '../crypto/secret.ts'
import { findAuthorization, isOfScheme, type CredentialsFault } from './bearer/bearerCredentials.ts'

export type BasicCredentials =
  | { readonly userId: string; readonly password: Secret }
  /** The field says Basic, but not what RFC 7617 says it should. */
  | CredentialsFault

/** Undefined where no Authorization field speaks of Basic, in any case of letters. */
export function findBasicCredentials(fields: readonly string[]): BasicCredentials | undefined {
  const value = findAuthorization(fields)
  if (typeof value !== 'string') return value
  return isOfScheme(value, scheme) ? parse(value) : undefined
}

const scheme = 'basic'
const maxLength = 8192

function parse(value: string): BasicCredentials {
  if (value.length > maxLength) return { fault: `Basic with over ${maxLength} characters` }
  let start = scheme.length
  while (value.charCodeAt(start) === 0x20) start += 1
  if (start === value.length) return { fault: 'Basic without credentials' }
  if (start === scheme.length) return { fault: 'Basic without a space behind it' }
  const text = decode(value.slice(start))
  if (text === undefined) return { fault: 'Basic with something that is not UTF-8 in base64' }
  return split(text)
}

function split(text: string): BasicCredentials {
  const colon = text.indexOf(':')
  if (colon === -1) return { fault: 'Basic without a colon' }
  if (colon === 0) return { fault: 'Basic without a user id' }
  if (colon === text.length - 1) return { fault: 'Basic without a password' }
  if (hasControlCharacter(text)) return { fault: 'Basic with a control character' }
  return { userId: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined for what no encoder writes: Buffer alone would pass over it. */
function decode(token68: string): string | undefined {
  const bytes = Buffer.from(token68, 'base64')
  if (withoutPadding(bytes.toString('base64')) !== withoutPadding(token68)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

// Threat: an expression would try each of thousands of signs that look like padding as the first.
function withoutPadding(base64: string): string {
  let end = base64.length
  while (end > 0 && base64.charCodeAt(end - 1) === 0x3d) end -= 1
  return base64.slice(0, end)
}

// RFC 7617 §2: neither of the two may contain any.
function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true
  }
  return false
}
