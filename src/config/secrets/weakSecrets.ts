// Secrets that can be found by trying.

import type { Secret } from '../../crypto/secret.ts'
import type { Finding } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'

type Secrets = readonly (Secret | undefined)[]

const minKeyBytes = 32
// Because 32 random bytes have fewer in none of the usual spellings, hexadecimal included.
const minKeyCharacters = 12

/** Where `keys` are those of `sessions.keys`. */
export function findWeakKeys(keys: Secrets): Finding[] {
  return keys.flatMap((key, index) => {
    const fault = key === undefined ? undefined : findKeyFault(key.reveal())
    if (fault === undefined) return []
    const message = `${fault} Make one with: postern keygen`
    return [{ path: ['sessions', 'keys', index], message }]
  })
}

function findKeyFault(key: string): string | undefined {
  if (Buffer.byteLength(key) < minKeyBytes) {
    return `expected a key of at least ${minKeyBytes} random bytes.`
  }
  if (new Set(key).size >= minKeyCharacters) return undefined
  return 'expected a random key, found the same few characters over and over.'
}

// RFC 7518 §3.2: a key of the hash's size at least. Threat: a short one is found by trying, from one token.
export function findShortSecrets(config: UnresolvedConfig, clientSecrets: Secrets): Finding[] {
  return clientSecrets.flatMap((secret, index) => {
    if (secret === undefined || Buffer.byteLength(secret.reveal()) >= minKeyBytes) return []
    if (attempt(() => config.providers[index]?.idTokenAlgorithms?.includes('HS256')) !== true) {
      return []
    }
    const message = `HS256 takes it for the key of signatures: expected at least ${minKeyBytes} bytes.`
    return [{ path: ['providers', index, 'clientSecret'], message }]
  })
}
