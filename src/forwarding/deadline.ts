// One timer for one exchange, to the millisecond. Hot: armed at least once a request, so it is reused where it can be.

import type { Milliseconds } from '../time.ts'

export interface Expirable {
  expire(): void
}

export class Deadline {
  readonly #owner: Expirable
  #timer: NodeJS.Timeout | undefined
  #delay: Milliseconds = 0

  constructor(owner: Expirable) {
    this.#owner = owner
  }

  /** From now on, `delay` until the owner expires; replaces what was armed before. */
  arm(delay: Milliseconds): void {
    if (this.#timer !== undefined && this.#delay === delay) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#delay = delay
    this.#timer = setTimeout(expire, delay, this.#owner)
  }

  /** The same delay once more, from now. */
  refresh(): void {
    this.#timer?.refresh()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function expire(owner: Expirable): void {
  owner.expire()
}
