// A stored session as JSON: what is sealed into the cookie, the memory or Redis.

import type { EpochSeconds } from '../../time.ts'
import type { Session } from '../session.ts'
import type { Activity, StoredSession } from './sessionStore.ts'

const version = 1

export interface SessionRecord {
  readonly v: typeof version
  readonly session: Session
  readonly revision: number
  readonly tokensIssuedAt: EpochSeconds
  readonly lastSeen: EpochSeconds
}

export function toRecord(stored: StoredSession): SessionRecord {
  const { session, revision, tokensIssuedAt, activity } = stored
  return { v: version, session, revision, tokensIssuedAt, lastSeen: activity.lastSeen }
}

/** For content that was authenticated already: only its version is checked. */
export function isRecord(content: object): content is SessionRecord {
  return 'v' in content && content.v === version
}

export function fromRecord(record: SessionRecord, activity: Activity): StoredSession {
  const { session, revision, tokensIssuedAt } = record
  return { session, revision, tokensIssuedAt, activity }
}

/** A session as it is at its first moment. */
export function toFirstStored(session: Session): StoredSession {
  const now = session.createdAt
  const activity = { lastSeen: now, touchedAt: now, isUsed: false }
  return { session, revision: 0, tokensIssuedAt: now, activity }
}
