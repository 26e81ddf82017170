// Stored sessions sealed for their tickets: the form in which memory and Redis keep them.

import type { KeyRing } from '../../crypto/keyRing.ts'
import { sealForTicket, unsealForTicket, type Ticket } from '../ticket.ts'
import { isRecord, toRecord, type SessionRecord } from './record.ts'
import type { StoredSession } from './sessionStore.ts'

export function sealStored(stored: StoredSession, ticket: Ticket, keys: KeyRing): Buffer {
  return sealForTicket(Buffer.from(JSON.stringify(toRecord(stored))), ticket, keys)
}

export function unsealStored(
  sealed: Buffer,
  ticket: Ticket,
  keys: KeyRing,
): SessionRecord | undefined {
  const content = unsealForTicket(sealed, ticket, keys)
  if (content === undefined) return undefined
  const record: object = JSON.parse(content.toString())
  return isRecord(record) ? record : undefined
}
