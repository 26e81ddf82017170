// The histogram of requests, kept here and written as text for whoever reads /metrics. Because prom-client finds the
// series anew for each observation, by sorting and joining its labels: a tenth of all that a request costs. Hot:
// one addition in each of three places a request; measured by `npm run bench`.

export interface RequestLabels {
  readonly route: string
  readonly outcome: string
  /** The class: `2xx`. */
  readonly status: string
}

export type ObserveSeconds = (seconds: number) => void

interface Series {
  readonly labels: string
  /** By bucket, each without those before it; the last is for what is over all bounds. */
  readonly counts: number[]
  sum: number
}

const name = 'postern_request_duration_seconds'
const help =
  'Time from the request head to the last byte of the answer, by route, outcome and status class.'

/** Upper bounds of the buckets, each included. */
const bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export class RequestDurations {
  readonly #series: Series[] = []

  /** To be kept by the caller: every call makes a series of its own. */
  open(labels: RequestLabels): ObserveSeconds {
    const series = { labels: toText(labels), counts: bounds.map(() => 0).concat(0), sum: 0 }
    this.#series.push(series)
    return (seconds) => observe(series, seconds)
  }

  /** The text format of Prometheus, version 0.0.4. */
  toText(): string {
    const lines = this.#series.flatMap(toLines)
    return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n')
  }
}

function observe(series: Series, seconds: number): void {
  let bucket = 0
  while (bucket < bounds.length && seconds > bounds[bucket]!) bucket += 1
  series.counts[bucket]! += 1
  series.sum += seconds
}

function toLines({ labels, counts, sum }: Series): string[] {
  let total = 0
  const buckets = counts.map((count, bucket) => {
    total += count
    return `${name}_bucket{le="${bounds[bucket] ?? '+Inf'}",${labels}} ${total}`
  })
  return [...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`]
}

function toText(labels: RequestLabels): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${escape(value)}"`)
    .join(',')
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
