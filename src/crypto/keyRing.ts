// The operator's keys, one set per purpose, so that what was sealed for one use opens for no other.
// The first key seals and all open; a key is known by an id that stays the same wherever it stands in the list.

import { hkdfSync } from 'node:crypto'
import type { Secret } from './secret.ts'

export interface SealingKey {
  /** 48 bits derived from the key; says nothing about it. */
  readonly kid: number
  /** 32 bytes. */
  readonly key: Buffer
}

export interface KeyRing {
  readonly first: SealingKey
  readonly all: readonly SealingKey[]
}

/** @param secrets never empty */
export function createKeyRing(secrets: readonly Secret[], purpose: string): KeyRing {
  const all = secrets.map((secret) => deriveSealingKey(secret, purpose))
  const [first] = all
  if (first === undefined) throw new Error('a key ring needs a key')
  return { first, all }
}

/** 32 bytes for one purpose and one context (RFC 5869). */
export function deriveKey(material: string | Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', material, '', info, 32))
}

function deriveSealingKey(secret: Secret, purpose: string): SealingKey {
  const material = secret.reveal()
  return {
    kid: deriveKey(material, `postern key id: ${purpose}`).readUIntBE(0, 6),
    key: deriveKey(material, `postern key: ${purpose}`),
  }
}
