// A relay for upstreams that are sent credentials of the gateway's: where they are refused, the request is sent once
// more with others, unless a part of its body is gone. The first answer is then seen by nobody.

import type { Dispatcher } from 'undici'
import { ResponseRelay } from './responseRelay.ts'

type Controller = Dispatcher.DispatchController

export class RenewingRelay extends ResponseRelay {
  #hasRenewed = false
  #isRenewing = false

  override onResponseStart(
    controller: Controller,
    status: number,
    parsed: unknown,
    reason?: string,
  ): void {
    if (status !== 401 || this.isOver || !this.#mayRenew()) {
      super.onResponseStart(controller, status, parsed, reason)
      return
    }
    this.#isRenewing = true
    // Because what is left of the answer is of no use, and may be without end.
    controller.abort(new Error('to be sent again with other credentials'))
  }

  override onResponseError(controller: Controller | null, error: Error): void {
    if (!this.#isRenewing || this.isOver) {
      super.onResponseError(controller, error)
      return
    }
    this.#isRenewing = false
    this.#hasRenewed = true
    this.beginAgain()
    void this.#sendAgain()
  }

  /** What the upstream refuses is forgotten, whether or not this request can be sent again. */
  #mayRenew(): boolean {
    const { renewal } = this.services
    if (renewal === undefined || !renewal.drop(this.authorized, this.fields)) return false
    return this.isWhole && !this.#hasRenewed
  }

  async #sendAgain(): Promise<void> {
    try {
      const fields = await this.services.renewal?.identify(this.authorized)
      this.dispatchSoon(fields ?? this.fields)
    } catch (error) {
      if (this.settle()) this.services.refuse(this.received, error)
    }
  }
}
