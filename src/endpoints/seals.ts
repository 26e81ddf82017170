// Small sealed values that a browser keeps for us: logins in flight, logouts in flight.
// Each purpose has keys of its own, so that a value sealed for one cannot be played into another.

import { timingSafeEqual } from 'node:crypto'
import { sealData, unsealData } from 'iron-session'
import { createKeyRing, type SealingKey } from '../crypto/keyRing.ts'
import type { Secret } from '../crypto/secret.ts'

export interface Seals<T extends object> {
  seal(value: T): Promise<string>
  /** What was sealed; undefined where the text is not ours, was changed, or is too old. */
  open(text: string): Promise<T | undefined>
}

/** The first key seals, all open. `ttlSeconds` is counted by the system's clock. */
export function createSeals<T extends object>(
  keys: readonly Secret[],
  purpose: string,
  ttlSeconds: number,
): Seals<T> {
  const ring = createKeyRing(keys, purpose)
  const sealing = toPasswords([ring.first])
  const opening = toPasswords(ring.all)
  return {
    seal: (value) => sealData(value, { password: sealing, ttl: ttlSeconds }),
    async open(text) {
      let isReadable = true
      const value = await unsealData<T>(text, {
        password: opening,
        ttl: ttlSeconds,
        onUnsealError: () => {
          isReadable = false
        },
      })
      return isReadable ? value : undefined
    },
  }
}

/** Compares in a time that does not tell how much was right. */
export function isEqual(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function toPasswords(keys: readonly SealingKey[]): Record<string, string> {
  return Object.fromEntries(keys.map(({ kid, key }) => [String(kid), key.toString('hex')]))
}
