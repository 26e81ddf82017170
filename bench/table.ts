// The table of one run, each figure also as a ratio to the bare server, and the bars that have to be met.

export interface Measured {
  readonly name: string
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicroseconds: number
  readonly residentMiB: number
  readonly failures: number
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

/** A Markdown table; ratios are to the first row. */
export function toTable(results: readonly Measured[]): string {
  const base = results[0]!
  const lines = results.map((row) => [
    row.name,
    row.requestsPerSecond.toFixed(0),
    ratio(row.requestsPerSecond, base.requestsPerSecond),
    row.p50Ms.toFixed(2),
    ratio(row.p50Ms, base.p50Ms),
    row.p99Ms.toFixed(2),
    ratio(row.p99Ms, base.p99Ms),
    row.cpuMicroseconds.toFixed(1),
    ratio(row.cpuMicroseconds, base.cpuMicroseconds),
    row.residentMiB.toFixed(0),
    ratio(row.residentMiB, base.residentMiB),
    String(row.failures),
  ])
  const rule = heads.map((_, at) => (at === 0 ? '---' : '---:'))
  return [heads, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n'
}

function ratio(value: number, base: number): string {
  return (value / base).toFixed(2)
}

interface Bar {
  readonly name: string
  readonly row: string
  readonly to: string
  readonly pick: (row: Measured) => number
  readonly bound: number
  readonly isCeiling: boolean
}

const speed = (row: Measured) => row.requestsPerSecond
const tail = (row: Measured) => row.p99Ms
const memory = (row: Measured) => row.residentMiB
const [bare, httpProxy, open] = ['bare node', 'http-proxy', 'gateway, public']
const bearer = 'gateway, bearer'
const [cookie, redis] = ['signed in, cookie store', 'signed in, redis store']

const bars: readonly Bar[] = [
  {
    name: 'public route to http-proxy, requests/s',
    row: open,
    to: httpProxy,
    pick: speed,
    bound: 2,
    isCeiling: false,
  },
  {
    name: 'cookie store to public route, requests/s',
    row: cookie,
    to: open,
    pick: speed,
    bound: 0.9,
    isCeiling: false,
  },
  {
    name: 'Redis store to public route, requests/s',
    row: redis,
    to: open,
    pick: speed,
    bound: 0.9,
    isCeiling: false,
  },
  {
    name: 'bearer JWT to public route, requests/s',
    row: bearer,
    to: open,
    pick: speed,
    bound: 0.9,
    isCeiling: false,
  },
  {
    name: 'quotas in memory to public route, requests/s',
    row: 'gateway, quotas in memory',
    to: open,
    pick: speed,
    bound: 0.95,
    isCeiling: false,
  },
  {
    name: 'cookie store to public route, p99',
    row: cookie,
    to: open,
    pick: tail,
    bound: 1.3,
    isCeiling: true,
  },
  {
    name: 'Redis store to public route, p99',
    row: redis,
    to: open,
    pick: tail,
    bound: 1.3,
    isCeiling: true,
  },
  {
    name: 'cookie store to bare server, RSS',
    row: cookie,
    to: bare,
    pick: memory,
    bound: 2,
    isCeiling: true,
  },
  {
    name: 'Redis store to bare server, RSS',
    row: redis,
    to: bare,
    pick: memory,
    bound: 2,
    isCeiling: true,
  },
]

/** Each bar with its figure, and whether it holds. Bars whose rows did not run are left out. */
export function judge(results: readonly Measured[]): string {
  const find = (name: string) => results.find((row) => row.name.includes(name))
  const lines = bars.flatMap((bar) => {
    const [row, to] = [find(bar.row), find(bar.to)]
    if (row === undefined || to === undefined) return []
    const figure = bar.pick(row) / bar.pick(to)
    const holds = bar.isCeiling ? figure <= bar.bound : figure >= bar.bound
    const sign = bar.isCeiling ? '≤' : '≥'
    return [
      `- ${holds ? 'holds ' : 'MISSED'}  ${bar.name}: ${figure.toFixed(2)} (bar ${sign} ${bar.bound})`,
    ]
  })
  return `${lines.join('\n')}\n`
}
