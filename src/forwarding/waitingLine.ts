// How many requests wait for a connection to one upstream. Because undici's own queue has no limit, and keeps
// those whose client has left until their turn: behind 1,000 endless answers it would only ever grow.

export class WaitingLine {
  readonly #limit: number
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** False where the line is full; else to be left once. */
  enter(): boolean {
    if (this.#length >= this.#limit) return false
    this.#length += 1
    return true
  }

  leave(): void {
    this.#length -= 1
  }
}
