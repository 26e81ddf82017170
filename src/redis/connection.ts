// Connections to Redis that answer or fail within the command timeout, reconnect by themselves, and never
// raise an unhandled error. No command waits in a queue: what cannot be sent now fails now.

import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import type { SessionSettings } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'

const maxReconnectDelayMs = 1_000
const connectTimeoutMs = 5_000
const minSilenceMs = 3_000

export type RedisSettings = NonNullable<SessionSettings['redis']>

/** Connects in the background; `role` is for the log. */
export function createRedisConnection(settings: RedisSettings, role: string, log: Log): Redis {
  const connection = new Redis(settings.url, toOptions(settings))
  let isLost = false
  connection.on('error', (error: Error) => {
    if (!isLost) log.warn({ role, reason: error.message }, 'connection to redis failed')
    isLost = true
  })
  connection.on('ready', () => {
    log.info({ role }, 'connected to redis')
    isLost = false
  })
  return connection
}

function toOptions(settings: RedisSettings) {
  return {
    commandTimeout: settings.commandTimeout,
    connectTimeout: connectTimeoutMs,
    // Because a peer that vanished without a word is otherwise waited for until TCP gives up, a quarter of an hour.
    socketTimeout: Math.max(minSilenceMs, 2 * settings.commandTimeout),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, maxReconnectDelayMs),
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password.reveal() }),
    ...toTlsOptions(settings),
  }
}

// Because ioredis would speak TLS to a redis:// server too, were it told a certificate authority.
function toTlsOptions({ url, tls }: RedisSettings) {
  if (tls?.ca === undefined || !url.startsWith('rediss:')) return {}
  return { tls: { ca: readFileSync(tls.ca) } }
}

export async function closeRedisConnection(connection: Redis): Promise<void> {
  try {
    await connection.quit()
  } catch {
    // Because a server that is away cannot say goodbye.
  }
  connection.disconnect()
}
