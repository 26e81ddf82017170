// Whether Redis answers: every command goes through here, so that each failure has the same name.

import type { Redis } from 'ioredis'
import type { RefusalCode } from '../errors/catalogue.ts'
import { GatewayError } from '../errors/gatewayError.ts'

export interface RedisHealth {
  /** @throws GatewayError of the health's own code, whatever went wrong */
  ask<T>(command: () => Promise<T>): Promise<T>
  /** What the last command met; asks anew in the background. */
  isReady(): boolean
}

export function createHealth(connection: Redis, code: RefusalCode): RedisHealth {
  let isAnswering = true

  async function ask<T>(command: () => Promise<T>): Promise<T> {
    try {
      const answer = await command()
      isAnswering = true
      return answer
    } catch (cause) {
      isAnswering = false
      const detail = `redis: ${describeFault(connection, cause)}`
      throw new GatewayError(code, detail, { cause, retryAfterSeconds: 1 })
    }
  }

  return {
    ask,
    isReady() {
      if (connection.status !== 'ready') return false
      // Because a server that stalls keeps its connection: only an answer tells.
      ask(() => connection.ping()).catch(() => {})
      return isAnswering
    },
  }
}

// Because a message of Redis may quote a command, only its first word is told on, such as READONLY or NOAUTH.
function describeFault({ status }: Redis, cause: unknown): string {
  if (cause instanceof Error && cause.name === 'ReplyError') {
    return `it answered ${/^[A-Z]+/.exec(cause.message)?.[0] ?? 'an error'}`
  }
  return status === 'ready' ? 'no answer within sessions.redis.commandTimeout' : 'not connected'
}
