// Nonces of the resource server (RFC 9449 §9). Nothing is kept: a nonce is the time at which it was made, with a
// MAC, so that every replica with the same keys knows it.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { createKeyRing } from '../../crypto/keyRing.ts'
import type { Secret } from '../../crypto/secret.ts'
import type { Clock, EpochSeconds } from '../../time.ts'

export interface DpopNonces {
  create(): string
  /** When it was made; undefined for one that no replica made. */
  findTime(nonce: string): EpochSeconds | undefined
}

const timeBytes = 6
const macBytes = 16
const length = Math.ceil(((timeBytes + macBytes) * 8) / 6)

/** @param secrets `sessions.keys` */
export function createDpopNonces(secrets: readonly Secret[], clock: Clock): DpopNonces {
  const { first, all } = createKeyRing(secrets, 'dpop nonce')
  return {
    create() {
      const time = Buffer.alloc(timeBytes)
      time.writeUIntBE(Math.floor(clock.now() * 1000), 0, timeBytes)
      return Buffer.concat([time, toMac(first.key, time)]).toString('base64url')
    },
    findTime(nonce) {
      if (nonce.length !== length) return undefined
      const bytes = Buffer.from(nonce, 'base64url')
      if (bytes.length !== timeBytes + macBytes) return undefined
      const time = bytes.subarray(0, timeBytes)
      const mac = bytes.subarray(timeBytes)
      const isOurs = all.some(({ key }) => timingSafeEqual(mac, toMac(key, time)))
      return isOurs ? time.readUIntBE(0, timeBytes) / 1000 : undefined
    },
  }
}

function toMac(key: Buffer, time: Buffer): Buffer {
  return createHmac('sha256', key).update(time).digest().subarray(0, macBytes)
}
