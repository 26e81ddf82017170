// How many requests to one route are under way in this process. Hot on routes with `maxConcurrency`.

import type { Gauge } from 'prom-client'

export class Slots {
  readonly #limit: number
  readonly #gauge: Gauge.Internal<'route'>
  #taken = 0

  constructor(limit: number, gauge: Gauge.Internal<'route'>) {
    this.#limit = limit
    this.#gauge = gauge
    gauge.set(0)
  }

  get limit(): number {
    return this.#limit
  }

  /** False where none is free; else to be released once. */
  take(): boolean {
    if (this.#taken >= this.#limit) return false
    this.#taken += 1
    this.#gauge.set(this.#taken)
    return true
  }

  release(): void {
    this.#taken -= 1
    this.#gauge.set(this.#taken)
  }
}
