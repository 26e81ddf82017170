// Names for credentials under which something may be remembered about them, without remembering them. Hot: one
// HMAC per request that brings a secret (`npm run bench`).

import { createHmac, randomBytes } from 'node:crypto'

/** Says nothing about its parts outside this process. */
export type CredentialHash = (...parts: readonly string[]) => string

/**
 * HMAC-SHA256, with a key that is made here and never leaves. Two lists of parts never give the same text.
 *
 * Threat: a plain hash of a short secret, read out of a memory dump, could be guessed at leisure.
 */
export function createCredentialHash(): CredentialHash {
  const key = randomBytes(32)
  return (...parts) => {
    let text = ''
    for (const part of parts) text += `${part.length}:${part}`
    return createHmac('sha256', key).update(text).digest('base64')
  }
}
