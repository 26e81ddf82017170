// What replicas tell each other: the id of a session that changed or ended, nothing else. While this
// connection is down, news is missed, so nothing may be cached.

import type { Log } from '../../telemetry/log.ts'
import {
  closeRedisConnection,
  createRedisConnection,
  type RedisSettings,
} from '../../redis/connection.ts'
import type { StoreEvents } from './sessionStore.ts'

export interface Channels {
  readonly changed: string
  readonly ended: string
}

export function toChannels(keyPrefix: string): Channels {
  return { changed: `${keyPrefix}session-changed`, ended: `${keyPrefix}session-ended` }
}

const resubscribeDelayMs = 200
const pingEveryMs = 3_000

/** Listens until it is closed. */
export function createRedisNews(
  settings: RedisSettings,
  events: StoreEvents,
  log: Log,
): { close(): Promise<void> } {
  const channels = toChannels(settings.keyPrefix)
  const connection = createRedisConnection(settings, 'news', log)
  events.setTrusted(false)
  connection.on('ready', subscribe)
  connection.on('close', () => events.setTrusted(false))
  connection.on('message', (channel: string, sessionId: string) => {
    if (channel === channels.ended) events.ended(sessionId)
    else events.changed(sessionId)
  })

  // Because a connection that only listens never learns that nobody speaks any more. What fails is seen by the
  // silence that follows: see redis/connection.ts.
  const pinging = setInterval(() => {
    if (connection.status === 'ready') connection.ping().catch(() => {})
  }, pingEveryMs).unref()

  function subscribe(): void {
    connection.subscribe(channels.changed, channels.ended).then(
      () => events.setTrusted(connection.status === 'ready'),
      () => setTimeout(resubscribe, resubscribeDelayMs).unref(),
    )
  }

  function resubscribe(): void {
    if (connection.status === 'ready') subscribe()
  }

  return {
    close() {
      clearInterval(pinging)
      return closeRedisConnection(connection)
    },
  }
}
