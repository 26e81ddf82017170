// Carries a WebSocket handshake: after the upstream's 101 both connections are joined; any other answer is passed
// on like every answer, and the client's connection closed.

import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { findFieldValues } from '../http/fields.ts'
import { toRawFields } from './rawFields.ts'
import { toClientFields } from './responseFields.ts'
import { RenewingRelay } from './renewingRelay.ts'
import { joinSockets } from './tunnel.ts'

export class UpgradeRelay extends RenewingRelay {
  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _parsed: unknown,
    socket: Duplex,
  ): void {
    socket.on('error', () => socket.destroy())
    if (this.isOver || !this.#writeHead(toRawFields(controller.rawHeaders))) {
      socket.destroy()
      this.fail('upstream_invalid_response', 'the head of its 101 cannot be passed on')
      return
    }
    this.settle()
    this.#join(socket)
  }

  /** False where the upstream changed to another protocol, or no client could be given such a head. */
  #writeHead(raw: readonly string[]): boolean {
    if (findFieldValues(raw, 'upgrade').join().toLowerCase() !== 'websocket') return false
    const { via } = this.services
    const { setCookies, routed } = this.authorized
    const { answerFields, isUnstorable, quotaFields } = this.received
    const policy = { via, setCookies, isSignedIn: false, answerFields, isUnstorable, quotaFields }
    const rewriting = this.services.rewritings[routed.route.index]
    const head = toClientFields(rewriting === undefined ? raw : rewriting.rewrite(raw), 101, policy)
    if (head === undefined) return false
    head.fields.push('Connection', 'Upgrade', 'Upgrade', 'websocket')
    try {
      this.received.response.writeHead(101, head.fields)
    } catch {
      return false
    }
    this.received.response.flushHeaders()
    return true
  }

  #join(upstream: Duplex): void {
    const { incoming, upgradeHead } = this.received
    const { openUpgrades } = this.services.metrics
    openUpgrades.inc()
    incoming.socket.once('close', () => openUpgrades.dec())
    // Because only now it is certain that the upstream reads these bytes as no second request.
    if (upgradeHead.length > 0) upstream.write(upgradeHead)
    joinSockets(incoming.socket, upstream, this.upstream.idleTimeout)
  }
}
