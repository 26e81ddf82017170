// The last room of the journey: what was authorized goes to its upstream, and the answer comes back. Accepts nothing
// less than an AdmittedRequest, and sends the fields that identity/ wrote as they are. Hot: `npm run bench`.

import type { AdmittedRequest, ReceivedRequest } from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import { OpenUpgrades } from './openUpgrades.ts'
import { checkAnnouncedLength } from './requestBody.ts'
import { RenewingRelay } from './renewingRelay.ts'
import { ResponseRelay } from './responseRelay.ts'
import { createRewritings, type RewritingConfig } from './responseRewriting.ts'
import type { CredentialRenewal, ForwardingServices } from './services.ts'
import { UpgradeRelay } from './upgradeRelay.ts'
import { createUpstream } from './upstream.ts'

export interface ForwardingDependencies {
  readonly config: RewritingConfig
  /** Our name in Via (RFC 9110 §7.6.3). */
  readonly pseudonym: string
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Renders an error as the answer; where one has begun, cuts the connection. */
  readonly refuse: (received: ReceivedRequest, error: unknown) => void
  readonly renewal?: CredentialRenewal | undefined
}

export interface Forwarding {
  /**
   * Sends the request on; returns at once, and answers by itself whatever happens. `fields` is all that the
   * upstream gets: Host included, no hop-by-hop field, at most one Content-Length.
   *
   * @throws GatewayError `content_too_large`
   */
  forward(admitted: AdmittedRequest, fields: string[]): void
  /** Ends the WebSockets of a session, those whose handshake is under way included. */
  closeUpgrades(sessionId: string): void
  /** Ends every WebSocket and cuts what is still under way: drain the listener first. */
  close(): Promise<void>
}

/** @throws where the file of an upstream's certificate authority cannot be read */
export function createForwarding(dependencies: ForwardingDependencies): Forwarding {
  const { config, log, metrics, refuse } = dependencies
  const services: ForwardingServices = {
    log,
    metrics,
    refuse,
    renewal: dependencies.renewal,
    via: `1.1 ${dependencies.pseudonym}`,
    rewritings: createRewritings(config),
  }
  const Relay = services.renewal === undefined ? ResponseRelay : RenewingRelay
  const upgrades = new OpenUpgrades(dependencies.clock)
  const upstreams = new Map(
    Object.entries(config.upstreams).map(([name, upstream]) => [
      name,
      createUpstream(name, upstream),
    ]),
  )
  return {
    forward(admitted, fields) {
      const { received, route } = admitted.routed
      const upstream = upstreams.get(route.upstream)
      if (upstream === undefined) throw new Error(`no upstream ${route.upstream}`)
      checkAnnouncedLength(admitted)
      if (!received.isUpgrade) return new Relay(admitted, fields, upstream, services).start()
      upgrades.add(admitted.principal, received)
      return new UpgradeRelay(admitted, fields, upstream, services).start()
    },
    closeUpgrades: (sessionId) => upgrades.close(sessionId),
    async close() {
      upgrades.closeAll()
      await Promise.all([...upstreams.values()].map(({ pool }) => pool.destroy()))
    },
  }
}
