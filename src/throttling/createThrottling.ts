// The throttle of a gateway: its counters in Redis where the configuration names one, else in this process.

import type { Config } from '../config/config.ts'
import { closeRedisConnection, createRedisConnection } from '../redis/connection.ts'
import type { Log } from '../telemetry/log.ts'
import { createCounter } from './counter.ts'
import { createCounterKeys, type CounterKeys } from './counterKeys.ts'
import { createThrottle, type Throttle } from './throttle.ts'

export interface Throttling extends Throttle {
  readonly keys: CounterKeys
  close(): Promise<void>
}

/** @throws Error where the file of `redis.tls.ca` cannot be read */
export function createThrottling(
  { sessions, throttling }: Pick<Config, 'sessions' | 'throttling'>,
  log: Log,
): Throttling {
  const settings = sessions.redis
  const connection =
    settings === undefined ? undefined : createRedisConnection(settings, 'throttling', log)
  const redis =
    connection === undefined || settings === undefined
      ? undefined
      : { connection, keyPrefix: settings.keyPrefix }
  const throttle = createThrottle(throttling, {
    failures: createCounter({ name: 'failures', redis }),
    waits: createCounter({ name: 'waits', redis }),
    addresses: createCounter({ name: 'addresses', redis }),
  })
  return {
    ...throttle,
    keys: createCounterKeys(sessions.keys),
    async close() {
      if (connection !== undefined) await closeRedisConnection(connection)
    },
  }
}
