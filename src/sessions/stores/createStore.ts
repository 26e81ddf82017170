// Chooses the store that the configuration names. What it cannot do is a warning of the configuration.

import type { SessionSettings } from '../../config/config.ts'
import type { CookieJar } from '../../http/cookies.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock } from '../../time.ts'
import { createCookieStore } from './cookie.ts'
import { createMemoryStore } from './memory.ts'
import { createRedisStore } from './redis.ts'
import type { SessionStore, StoreEvents } from './sessionStore.ts'

export interface StoreOptions {
  readonly settings: SessionSettings
  readonly jar: CookieJar
  readonly clock: Clock
  readonly log: Log
  readonly events: StoreEvents
}

export function createStore(options: StoreOptions): SessionStore {
  const { settings } = options
  if (settings.store === 'memory') return createMemoryStore(options)
  if (settings.store === 'redis') {
    if (settings.redis === undefined) throw new Error('sessions.redis is needed with store: redis')
    return createRedisStore({ ...options, redis: settings.redis })
  }
  return createCookieStore(options)
}
