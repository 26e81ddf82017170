// One timer for one exchange, to the millisecond. Hot: armed at least once a request, so it is reused where it can be.

import type { Milliseconds } from '../time.ts'

export abstract class Deadline {
  #timer: NodeJS.Timeout | undefined
  #delay: Milliseconds = 0

  /** The deadline has passed. Called by the timer alone. */
  abstract expire(): void

  /** From now on, `delay` until it expires; replaces what was armed before. */
  arm(delay: Milliseconds): void {
    if (this.#timer !== undefined && this.#delay === delay) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#delay = delay
    this.#timer = setTimeout(expire, delay, this)
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

function expire(deadline: Deadline): void {
  deadline.expire()
}
