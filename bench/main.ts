// `npm run bench`: the gateway and its peers, measured side by side in one run; ratios are what counts.
// Each row is loaded in turn, several rounds over, and the median of the rounds is shown.

import { parseArgs } from 'node:util'
import { cpus } from 'node:os'
import { load, loadTool, type LoadResult } from './load.ts'
import { cpuSeconds, residentMiB } from './processes.ts'
import { startWorld, type Row } from './servers.ts'
import { judge, toTable, type Measured } from './table.ts'

const usage = `npm run bench -- [--rounds N] [--seconds N] [--only TEXT]

  --rounds N    how often each row is loaded (default 5)
  --seconds N   how long each time (default 4)
  --only TEXT   only rows whose name contains TEXT, and the bare server
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(usage)
} else {
  await bench(Number(values.rounds), Number(values.seconds))
}

async function bench(rounds: number, seconds: number): Promise<void> {
  const world = await startWorld()
  try {
    const rows = world.rows.filter((row, at) => at === 0 || row.name.includes(values.only ?? ''))
    progress(`${rows.length} rows, ${rounds} rounds of ${seconds} s each, load by ${loadTool}\n`)
    for (const row of rows) await load(row, 1)
    const results = await measureRounds(rows, rounds, seconds)
    const machine = `Node ${process.version}, ${cpus()[0]!.model}, ${cpus().length} cores, ${loadTool}`
    process.stdout.write(`${toTable(results)}\n${machine}\n\n${judge(results)}`)
  } finally {
    await world.stop()
  }
}

async function measureRounds(
  rows: readonly Row[],
  rounds: number,
  seconds: number,
): Promise<Measured[]> {
  const samples = new Map<Row, Sample[]>(rows.map((row) => [row, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      progress(`\rround ${round} of ${rounds}: ${row.name.padEnd(40)}`)
      samples.get(row)!.push(await measure(row, seconds))
    }
  }
  progress('\n\n')
  return rows.map((row) => toMeasured(row, samples.get(row)!))
}

interface Sample extends LoadResult {
  readonly cpuMicroseconds: number
}

async function measure(row: Row, seconds: number): Promise<Sample> {
  const before = cpuSeconds(row.pid)
  const result = await load(row, seconds)
  const cpu = cpuSeconds(row.pid) - before
  return { ...result, cpuMicroseconds: (cpu / result.requests) * 1_000_000 }
}

function toMeasured(row: Row, samples: readonly Sample[]): Measured {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick))
  return {
    name: row.name,
    requestsPerSecond: of((sample) => sample.requestsPerSecond),
    p50Ms: of((sample) => sample.p50Ms),
    p99Ms: of((sample) => sample.p99Ms),
    cpuMicroseconds: of((sample) => sample.cpuMicroseconds),
    residentMiB: residentMiB(row.pid),
    failures: samples.reduce((sum, sample) => sum + sample.failures, 0),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

function progress(text: string): void {
  process.stderr.write(text)
}
