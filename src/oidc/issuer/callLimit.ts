// At most so many calls at a time, as many again and again waiting behind them, and no more: what is beyond
// is refused at once. Calls for those who were let in before wait in a line of their own, which goes first.

import { IssuerUnavailable } from './faults.ts'

/** `known`: whoever the issuer has said yes to before. */
export type Caller = 'known' | 'stranger'

export interface CallLimit {
  /** @throws IssuerUnavailable where the queue is full; and what `call` throws */
  run<T>(call: () => Promise<T>, caller?: Caller): Promise<T>
}

/** @param maxWaiting in each of the two lines */
export function createCallLimit(maxRunning: number, maxWaiting: number): CallLimit {
  // Threat: with one line, made-up credentials fill it, and nobody's good ones can be asked about again.
  const waiting: Record<Caller, (() => void)[]> = { known: [], stranger: [] }
  let running = 0

  async function takeTurn(line: (() => void)[]): Promise<void> {
    if (running < maxRunning) {
      running += 1
      return
    }
    if (line.length >= maxWaiting) throw new IssuerUnavailable('too many calls are waiting')
    // Because whoever is done hands its place on, `running` stays as it is.
    await new Promise<void>((resolve) => line.push(resolve))
  }

  function endTurn(): void {
    const next = waiting.known.shift() ?? waiting.stranger.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return {
    async run(call, caller = 'stranger') {
      await takeTurn(waiting[caller])
      try {
        return await call()
      } finally {
        endTurn()
      }
    },
  }
}
