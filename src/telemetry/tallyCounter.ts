// A counter with series that may grow with every request. Because prom-client finds the series anew each time it is
// told something, what is counted here is told to it only when somebody reads it. Hot: one addition.

import { Counter, type LabelValues } from 'prom-client'

interface Tally<T extends string> {
  readonly labels: LabelValues<T>
  pending: number
}

export class TallyCounter<T extends string> extends Counter<T> {
  readonly #tallies: Tally<T>[] = []

  /** Counts one more each time it is called. To be kept by the caller. */
  open(labels: LabelValues<T>): () => void {
    const tally = { labels, pending: 0 }
    this.#tallies.push(tally)
    return () => {
      tally.pending += 1
    }
  }

  override get(): ReturnType<Counter<T>['get']> {
    for (const tally of this.#tallies) {
      this.inc(tally.labels, tally.pending)
      tally.pending = 0
    }
    return super.get()
  }
}
