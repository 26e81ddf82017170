// The ticket: what the cookie holds where sessions are kept on the server, `<handle>.<key>`. The store sees
// neither half: its key is a hash of the handle, its value sealed under the cookie's key and the operator's.

import { createHash, randomBytes } from 'node:crypto'
import { deriveKey, type KeyRing } from '../crypto/keyRing.ts'
import { seal, unseal } from '../crypto/seal.ts'

const partBytes = 32
const partLength = 43
const ticketLength = partLength * 2 + 1
const kidBytes = 6

export interface Ticket {
  /** The session's id: SHA-256 of the handle, base64url. Also names the session in the store. */
  readonly id: string
  readonly key: Buffer
}

export function createTicket(): Ticket & { readonly credential: string } {
  const handle = randomBytes(partBytes)
  const key = randomBytes(partBytes)
  const credential = `${handle.toString('base64url')}.${key.toString('base64url')}`
  return { id: toId(handle), key, credential }
}

/** Undefined unless it is written exactly as `createTicket` writes. */
export function parseTicket(credential: string): Ticket | undefined {
  if (credential.length !== ticketLength || credential[partLength] !== '.') return undefined
  const handle = parsePart(credential.slice(0, partLength))
  const key = parsePart(credential.slice(partLength + 1))
  return handle === undefined || key === undefined ? undefined : { id: toId(handle), key }
}

// Threat: base64url ignores stray bits and characters; a value with two spellings is taken in one alone.
function parsePart(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === partBytes && bytes.toString('base64url') === text ? bytes : undefined
}

function toId(handle: Buffer): string {
  return createHash('sha256').update('postern session handle\0').update(handle).digest('base64url')
}

/**
 * Threat: who can write to the store could seal claims of their own choice under their own cookie's key, so
 * the operator's key goes in as well. The kid in front says which.
 */
export function sealForTicket(content: Buffer, ticket: Ticket, keys: KeyRing): Buffer {
  const kid = Buffer.alloc(kidBytes)
  kid.writeUIntBE(keys.first.kid, 0, kidBytes)
  const sealed = seal(content, toSealingKey(ticket, keys.first.key), toContext(ticket))
  return Buffer.concat([kid, sealed])
}

export function unsealForTicket(sealed: Buffer, ticket: Ticket, keys: KeyRing): Buffer | undefined {
  if (sealed.length < kidBytes) return undefined
  const kid = sealed.readUIntBE(0, kidBytes)
  const found = keys.all.find((each) => each.kid === kid)
  if (found === undefined) return undefined
  return unseal(sealed.subarray(kidBytes), toSealingKey(ticket, found.key), toContext(ticket))
}

function toSealingKey(ticket: Ticket, operatorKey: Buffer): Buffer {
  return deriveKey(Buffer.concat([ticket.key, operatorKey]), toContext(ticket))
}

function toContext(ticket: Ticket): string {
  return `postern session v1 ${ticket.id}`
}
