// `npm run bench`: the gateway and its peers, measured side by side in one run; ratios are what counts.
// Each row is loaded in turn, several rounds over, and the median of the rounds is shown.

import { parseArgs } from 'node:util'
import { cpus } from 'node:os'
import { load, loadTool, type LoadResult } from './load.ts'
import { cpuSeconds, measuredCore, residentMiB, runPinned } from './processes.ts'
import { startWorld } from './servers.ts'
import { judge, toTable, type Measured } from './table.ts'
import type { Row } from './world.ts'

const onlySpeed = { p50Ms: NaN, p99Ms: NaN, cpuMicroseconds: NaN, residentMiB: NaN, failures: 0 }

const usage = `npm run bench -- [--rounds N] [--seconds N] [--warm N] [--only TEXT]

  --rounds N    how often each row is loaded (default 5)
  --seconds N   how long each time (default 4)
  --warm N      how long each row is loaded before anything is measured (default 8 seconds)
  --only TEXT   only rows whose name contains TEXT, and the bare server
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    warm: { type: 'string', default: '8' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(usage)
} else {
  await bench(Number(values.rounds), Number(values.seconds), Number(values.warm))
}

async function bench(rounds: number, seconds: number, warmUp: number): Promise<void> {
  const world = await startWorld()
  try {
    const rows = world.rows.filter(isWanted)
    progress(`${rows.length} rows, ${rounds} rounds of ${seconds} s each, load by ${loadTool}\n`)
    for (const row of rows) {
      progress(`\rwarming up: ${row.name.padEnd(40)}`)
      await load(row, warmUp)
    }
    const results = await measureRounds(rows, rounds, seconds)
    const machine = `Node ${process.version}, ${cpus()[0]!.model}, ${cpus().length} cores, ${loadTool}`
    process.stdout.write(`${toTable(results)}\n${machine}\n\n${judge(results)}`)
  } finally {
    await world.stop()
  }
}

function isWanted(row: Row, at: number): boolean {
  if (row.script !== undefined && loadTool !== 'wrk') return false
  return at === 0 || row.name.includes(values.only ?? '')
}

async function measureRounds(
  rows: readonly Row[],
  rounds: number,
  seconds: number,
): Promise<Measured[]> {
  const samples = new Map<Row, Sample[]>(rows.map((row) => [row, []]))
  // One after another, and as many at a time as the load has connections.
  const verified = new Map<number, number[]>([
    [1, []],
    [32, []],
  ])
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      progress(`\rround ${round} of ${rounds}: ${row.name.padEnd(40)}`)
      samples.get(row)!.push(await measure(row, seconds))
    }
    for (const [atOnce, rates] of verified) rates.push(await verifyAlone(seconds, atOnce))
  }
  progress('\n\n')
  return [
    ...rows.map((row) => toMeasured(row, samples.get(row)!)),
    ...[...verified].map(([atOnce, rates]) => ({
      ...onlySpeed,
      name: `jose alone, verifies ES256, ${atOnce} at a time`,
      requestsPerSecond: median(rates),
    })),
  ]
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

async function verifyAlone(seconds: number, atOnce: number): Promise<number> {
  const args = ['bench/libraryAlone.ts', 'ES256', String(seconds), String(atOnce)]
  return Number(await runPinned(measuredCore, process.execPath, args))
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
