// The names of counters: keyed hashes, so that neither Redis nor the log says who tried to sign in.

import { createHmac } from 'node:crypto'
import { createKeyRing } from '../crypto/keyRing.ts'
import type { Secret } from '../crypto/secret.ts'
import { foldAccountName, foldAddress } from './accountName.ts'

export interface CounterKeys {
  /** The same for every spelling of the name, and for all providers of one issuer: its account is one. */
  ofAccount(issuer: string, name: string): string
  ofAddress(address: string): string
}

/** @param secrets `sessions.keys`: replicas that have the same count together */
export function createCounterKeys(secrets: readonly Secret[]): CounterKeys {
  const { key } = createKeyRing(secrets, 'sign-in counters').first
  // Because parts that are merely joined could be cut elsewhere, each comes behind its length.
  const toKey = (...parts: readonly string[]): string =>
    createHmac('sha256', key)
      .update(parts.map((part) => `${part.length}:${part}`).join(''))
      .digest('base64url')
      .slice(0, 32)
  return {
    ofAccount: (issuer, name) => toKey('account', issuer, foldAccountName(name)),
    ofAddress: (address) => toKey('address', foldAddress(address)),
  }
}
