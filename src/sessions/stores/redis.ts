// Sessions in Redis, for many replicas. Redis sees hashes of handles and sealed values; a dump of it opens
// nothing. "Not there" is undefined; "no answer" is `session_store_unavailable`, within the command timeout.

import type { SessionSettings } from '../../config/config.ts'
import { createKeyRing } from '../../crypto/keyRing.ts'
import { findCookie, type CookieJar } from '../../http/cookies.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock } from '../../time.ts'
import type { Session } from '../session.ts'
import { createTicket, parseTicket, type Ticket } from '../ticket.ts'
import { fromRecord, toFirstStored } from './record.ts'
import {
  closeRedisConnection,
  createRedisConnection,
  type RedisSettings,
} from '../../redis/connection.ts'
import { createHealth } from '../../redis/health.ts'
import { acquireRedisLock } from './redisLock.ts'
import { createRedisNews, toChannels } from './redisNews.ts'
import { removeScript, replaceScript } from './redisScripts.ts'
import type { Activity, SessionStore, StoredSession, StoreEvents } from './sessionStore.ts'
import { sealStored, unsealStored } from './ticketSeal.ts'

// DESIGN: what someone empties or edits by hand is noticed after this.
const freshSeconds = 5

export interface RedisStoreOptions {
  readonly settings: SessionSettings
  readonly redis: RedisSettings
  readonly jar: CookieJar
  readonly clock: Clock
  readonly log: Log
  readonly events: StoreEvents
}

export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { settings, redis, jar, clock, log, events } = options
  const keys = createKeyRing(settings.keys, 'session ticket')
  const channels = toChannels(redis.keyPrefix)
  const toKey = (sessionId: string) => `${redis.keyPrefix}session:${sessionId}`
  const connection = createRedisConnection(redis, 'sessions', log)
  const news = createRedisNews(redis, events, log)
  const health = createHealth(connection, 'session_store_unavailable')

  const remainingMs = (session: Session) =>
    Math.max(1, Math.ceil(Math.min(settings.idleTimeout, (session.endsAt - clock.now()) * 1000)))

  async function write(ticket: Ticket, stored: StoredSession): Promise<StoredSession> {
    const sealed = sealStored(stored, ticket, keys)
    const lifetimeMs = remainingMs(stored.session)
    await health.ask(() => connection.set(toKey(ticket.id), sealed, 'PX', lifetimeMs))
    return { ...stored, sealed }
  }

  function open(sealed: Buffer, ticket: Ticket, activity: Activity): StoredSession | undefined {
    const record = unsealStored(sealed, ticket, keys)
    if (record !== undefined) return { ...fromRecord(record, activity), sealed }
    log.warn({ session: ticket.id }, 'a stored session could not be opened')
    return undefined
  }

  return {
    freshSeconds,
    findCredential: (cookies) => findCookie(cookies, jar.base),
    toCookieValues: (credential) => [credential],
    async load(credential, known) {
      const ticket = parseTicket(credential)
      if (ticket === undefined) return undefined
      const sealed = await health.ask(() => connection.getBuffer(toKey(ticket.id)))
      if (sealed === null) return undefined
      // Because another replica may have seen it since: that Redis has it says that it is not idle.
      const activity = known?.activity ?? { lastSeen: 0, touchedAt: 0, isUsed: false }
      activity.lastSeen = clock.now()
      return known?.sealed?.equals(sealed) === true ? known : open(sealed, ticket, activity)
    },
    async create(facts) {
      const ticket = createTicket()
      const stored = await write(ticket, toFirstStored({ id: ticket.id, ...facts }))
      return { credential: ticket.credential, stored }
    },
    async replace(credential, stored) {
      const ticket = parseTicket(credential)
      if (ticket === undefined) return undefined
      const sealed = sealStored(stored, ticket, keys)
      const values = [sealed, remainingMs(stored.session), channels.changed, ticket.id]
      const replaced = await health.ask(() =>
        connection.eval(replaceScript, 1, toKey(ticket.id), ...values),
      )
      return replaced === 1 ? credential : undefined
    },
    touch(credential, { session }) {
      // Because a touch that is lost costs a tenth of the idle timeout, and a wait for it every request.
      health.ask(() => connection.pexpire(toKey(session.id), remainingMs(session))).catch(() => {})
      return credential
    },
    async remove(sessionId) {
      const key = toKey(sessionId)
      await health.ask(() => connection.eval(removeScript, 1, key, channels.ended, sessionId))
    },
    acquireRefreshLock: (sessionId) =>
      health.ask(() => acquireRedisLock(connection, `${redis.keyPrefix}refresh:${sessionId}`)),
    isReady: () => health.isReady(),
    async close() {
      await Promise.all([closeRedisConnection(connection), news.close()])
    },
  }
}
