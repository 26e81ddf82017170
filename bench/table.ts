// The table of one run, each figure also as a ratio to the bare server, and the bars that have to be met.

/** Of one row in one round. */
export interface Round {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicroseconds: number
  readonly failures: number
}

export interface Measured {
  readonly name: string
  readonly rounds: readonly Round[]
  /** After the last. */
  readonly residentMiB: number
}

const heads = [
  'what',
  'requests/s',
  'ratio',
  'p50 ms',
  'ratio',
  'p99 ms',
  'ratio',
  'CPU µs/request',
  'ratio',
  'RSS MiB',
  'ratio',
  'failures',
]

/** A Markdown table of medians; ratios are to the first row. */
export function toTable(results: readonly Measured[]): string {
  const base = results[0]!
  const lines = results.map((row) => {
    const cells = (figure: keyof Round, digits: number) =>
      cellsOf(medianOf(row, figure), medianOf(base, figure), digits)
    return [
      row.name,
      ...cells('requestsPerSecond', 0),
      ...cells('p50Ms', 2),
      ...cells('p99Ms', 2),
      ...cells('cpuMicroseconds', 1),
      ...cellsOf(row.residentMiB, base.residentMiB, 0),
      String(row.rounds.reduce((sum, round) => sum + round.failures, 0)),
    ]
  })
  const rule = heads.map((_, at) => (at === 0 ? '---' : '---:'))
  return [heads, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n'
}

function medianOf({ rounds }: Measured, figure: keyof Round): number {
  return median(rounds.map((round) => round[figure]))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

/** The figure and its ratio; nothing where it was not measured. */
function cellsOf(value: number, base: number, digits: number): string[] {
  return Number.isNaN(value) ? ['', ''] : [value.toFixed(digits), (value / base).toFixed(2)]
}

interface Bar {
  readonly name: string
  readonly row: string
  readonly to: string
  readonly figure: 'requestsPerSecond' | 'p99Ms' | 'residentMiB'
  readonly bound: number
  readonly isCeiling: boolean
}

const open = 'gateway, public route'
const [cookie, redis] = ['signed in, cookie store', 'signed in, redis store']

const bars: readonly Bar[] = [
  atLeast(2, open, 'http-proxy'),
  atLeast(0.9, cookie, open),
  atLeast(0.9, redis, open),
  atLeast(0.9, 'bearer JWT, known', open),
  atLeast(0.9, 'bearer opaque, known', open),
  atLeast(0.9, 'Basic client credentials, known', open),
  atLeast(0.8, 'bearer ES256', 'ES256, 1 at a time'),
  atLeast(0.8, 'bearer ES256', 'ES256, 32 at a time'),
  atLeast(0.95, 'quota in memory', open),
  atLeast(1 / 1.2, 'public, 10000 routes', 'public, 10 routes'),
  atMost(1.3, 'p99', cookie, open),
  atMost(1.3, 'p99', redis, open),
  atMost(2, 'RSS', cookie, 'bare node'),
  atMost(2, 'RSS', redis, 'bare node'),
]

function atLeast(bound: number, row: string, to: string): Bar {
  const figure = 'requestsPerSecond'
  return { name: `requests/s, ${row} to ${to}`, row, to, figure, bound, isCeiling: false }
}

function atMost(bound: number, what: 'p99' | 'RSS', row: string, to: string): Bar {
  const figure = what === 'p99' ? 'p99Ms' : 'residentMiB'
  return { name: `${what}, ${row} to ${to}`, row, to, figure, bound, isCeiling: true }
}

/** Each bar with its figure, and whether it holds. Bars whose rows did not run are left out. */
export function judge(results: readonly Measured[]): string {
  const find = (name: string) => results.find((row) => row.name.includes(name))
  const lines = bars.flatMap((bar) => {
    const [row, to] = [find(bar.row), find(bar.to)]
    if (row === undefined || to === undefined) return []
    const figure = compare(row, to, bar.figure)
    const holds = bar.isCeiling ? figure <= bar.bound : figure >= bar.bound
    const sign = bar.isCeiling ? '≤' : '≥'
    return [
      `- ${holds ? 'holds ' : 'MISSED'}  ${bar.name}: ${figure.toFixed(2)} (bar ${sign} ${bar.bound.toFixed(2)})`,
    ]
  })
  return `${lines.join('\n')}\n`
}

/** Because a machine that others share is faster in one minute than in the next, each round is compared in itself. */
function compare(row: Measured, to: Measured, figure: Bar['figure']): number {
  if (figure === 'residentMiB') return row.residentMiB / to.residentMiB
  return median(row.rounds.map((round, at) => round[figure] / to.rounds[at]![figure]))
}
