// How the gateway starts and how it ends: nothing runs before both ports are its own, and nothing is cut before the
// requests in flight are over, or their time is.

import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import { listenAs } from '../http/listenOn.ts'
import type { Listener } from '../listener/listener.ts'
import { createAdminListener, type Readiness } from '../telemetry/admin.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface Gateway {
  /**
   * Listens on both ports. An issuer or a Redis that is away does not keep it from starting.
   * @throws ListenFault where an address cannot be taken; nothing is left listening then
   */
  start(): Promise<{ readonly public: AddressInfo; readonly admin: AddressInfo }>
  /** Lets requests in flight finish, up to `listen.drainTimeout`, then ends everything. */
  stop(): Promise<void>
}

export interface GatewayParts {
  readonly config: Config
  readonly metrics: Metrics
  readonly listener: Listener
  /** What `/readyz` says beside whether requests are accepted. */
  readonly readiness: Readiness
  /** What works while nobody asks: reads metadata, looks at files, gets tokens. */
  readonly background: readonly { start(): void; stop(): void }[]
  /** What holds connections. */
  readonly closing: readonly { close(): Promise<void> }[]
}

export function createLifecycle(parts: GatewayParts): Gateway {
  const { config, metrics, listener, background } = parts
  let isDraining = false
  const readiness = () => ({ accepting: !isDraining, ...parts.readiness() })
  const admin = createAdminListener({ address: config.admin.address, metrics, readiness })

  async function closeAll(): Promise<void> {
    await Promise.all([...parts.closing, admin].map((part) => part.close()))
  }

  return {
    async start() {
      try {
        const addresses = {
          admin: await listenAs('admin.address', admin),
          public: await listenAs('listen.address', listener),
        }
        background.forEach((part) => part.start())
        return addresses
      } catch (error) {
        await closeAll()
        throw error
      }
    },
    async stop() {
      isDraining = true
      await listener.drain(config.listen.drainTimeout)
      background.forEach((part) => part.stop())
      await closeAll()
    },
  }
}
