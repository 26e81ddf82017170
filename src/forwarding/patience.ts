// How long one exchange may stand still, and whose fault it is then: the upstream's, or that of a client that neither
// sends nor reads. Hot: one instance a request.

import type { RefusalCode } from '../errors/catalogue.ts'
import type { Milliseconds } from '../time.ts'
import { Deadline } from './deadline.ts'
import type { FailureCode } from './failure.ts'
import { expired, type Phase } from './failureWords.ts'
import type { Upstream } from './upstream.ts'

/** The exchange, as far as its silences go. */
export interface Exchange {
  readonly phase: Phase
  readonly upstream: Upstream
  /** The upstream is kept waiting: for the next part of the request, or until the answer so far is read. */
  readonly waitsForClient: boolean
  fail(code: FailureCode, reason: string): void
  refuse(code: RefusalCode, reason: string): void
}

export class Patience extends Deadline {
  readonly #exchange: Exchange
  /** How long the client has left the upstream waiting for the next part of the body. */
  #clientSilence: Milliseconds = 0
  #hasWaited = false

  constructor(exchange: Exchange) {
    super()
    this.#exchange = exchange
  }

  /** A part of the request has been sent. */
  renew(): void {
    this.#clientSilence = 0
    this.refresh()
  }

  override expire(): void {
    const { phase, upstream, waitsForClient } = this.#exchange
    if (phase === 'waiting' && !this.#hasWaited) {
      // Because a connection may be opened first, which has a limit of its own.
      this.#hasWaited = true
      this.arm(upstream.connectTimeout)
    } else if (waitsForClient) {
      this.#waitForClient(phase, upstream)
    } else {
      this.#exchange.fail('upstream_timeout', expired[phase])
    }
  }

  /** Threat: clients that neither send nor read would come to hold every connection of the upstream. */
  #waitForClient(phase: Phase, { responseTimeout, idleTimeout }: Upstream): void {
    this.#clientSilence += responseTimeout
    if (phase === 'sending' && this.#clientSilence < idleTimeout) this.refresh()
    else this.#exchange.refuse('request_timeout', `client silent while ${phase}`)
  }
}
