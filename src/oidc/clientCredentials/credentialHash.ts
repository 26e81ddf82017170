// Names for credentials under which something may be remembered about them, without remembering them. Hot: one
// per request that brings a secret (`npm run bench`).

import { hash, randomBytes } from 'node:crypto'

/** Says nothing about its parts outside this process. */
export type CredentialHash = (...parts: readonly string[]) => string

/**
 * With keys that are made here and never leave. Two lists of parts never give the same text.
 *
 * Threat: a plain hash of a short secret, read out of a memory dump, could be guessed at leisure.
 */
export function createCredentialHash(): CredentialHash {
  const [inner, outer] = [createBlock(), createBlock()]
  return (...parts) => {
    let text = inner
    for (const part of parts) text += `${part.length}:${part}`
    // Because two hashes at one go, one in the other as in HMAC (RFC 2104 §2), cost a third of createHmac.
    return hash('sha256', outer + hash('sha256', text), 'base64')
  }
}

/** A random key as long as a block of SHA-256. */
function createBlock(): string {
  return randomBytes(32).toString('hex')
}
