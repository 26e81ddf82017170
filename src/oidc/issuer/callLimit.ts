// At most so many calls at a time, as many again and again waiting behind them, and no more: what is beyond
// is refused at once.

import { IssuerUnavailable } from './faults.ts'

export interface CallLimit {
  /** @throws IssuerUnavailable where the queue is full; and what `call` throws */
  run<T>(call: () => Promise<T>): Promise<T>
}

export function createCallLimit(maxRunning: number, maxWaiting: number): CallLimit {
  const waiting: (() => void)[] = []
  let running = 0

  async function takeTurn(): Promise<void> {
    if (running < maxRunning) {
      running += 1
      return
    }
    if (waiting.length >= maxWaiting) throw new IssuerUnavailable('too many calls are waiting')
    // Because whoever is done hands its place on, `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function endTurn(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    async run(call) {
      await takeTurn()
      try {
        return await call()
      } finally {
        endTurn()
      }
    },
  }
}
