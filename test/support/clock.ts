// Clocks that a test turns. One runs with the system's, so that real signatures keep their times, and goes ahead of
// it by what it was turned; the other stands still in between.

import type { Clock } from '../../src/time.ts'

export interface TurnableClock extends Clock {
  /** Only forward: sessions and tokens may count on it. */
  forward(seconds: number): void
}

export function createTurnableClock(): TurnableClock {
  let ahead = 0
  return {
    now: () => Date.now() / 1000 + ahead,
    forward(seconds) {
      ahead += seconds
    },
  }
}

/** One that stands still unless it is turned, so that nothing depends on how long a test takes. */
export function createStillClock(): TurnableClock {
  let now = Date.now() / 1000
  return {
    now: () => now,
    forward(seconds) {
      now += seconds
    },
  }
}
