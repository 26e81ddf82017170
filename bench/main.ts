// `npm run bench`: the gateway and its peers, measured side by side in one run; ratios are what counts.
// Each row is loaded in turn, several rounds over, and the median of the rounds is shown.

import { parseArgs } from 'node:util'
import { cpus } from 'node:os'
import { load, loadTool } from './load.ts'
import { cpuSeconds, measuredCore, residentMiB, runPinned } from './processes.ts'
import { startWorld } from './servers.ts'
import { judge, toTable, type Measured, type Round } from './table.ts'
import type { Row } from './world.ts'

const onlySpeed = { p50Ms: NaN, p99Ms: NaN, cpuMicroseconds: NaN, failures: 0 }

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
  const samples = new Map<Row, Round[]>(rows.map((row) => [row, []]))
  // One after another, and as many at a time as the load has connections.
  const alone = new Map<number, Round[]>([
    [1, []],
    [32, []],
  ])
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      progress(`\rround ${round} of ${rounds}: ${row.name.padEnd(40)}`)
      samples.get(row)!.push(await measure(row, seconds))
    }
    for (const [atOnce, verified] of alone) verified.push(await verifyAlone(seconds, atOnce))
  }
  progress('\n\n')
  return [
    ...rows.map((row) => ({
      name: row.name,
      rounds: samples.get(row)!,
      residentMiB: residentMiB(row.pid),
    })),
    ...[...alone].map(([atOnce, verified]) => ({
      name: `jose alone, verifies ES256, ${atOnce} at a time`,
      rounds: verified,
      residentMiB: NaN,
    })),
  ]
}

async function measure(row: Row, seconds: number): Promise<Round> {
  const before = cpuSeconds(row.pid)
  const result = await load(row, seconds)
  const cpu = cpuSeconds(row.pid) - before
  return { ...result, cpuMicroseconds: (cpu / result.requests) * 1_000_000 }
}

async function verifyAlone(seconds: number, atOnce: number): Promise<Round> {
  const args = ['bench/libraryAlone.ts', 'ES256', String(seconds), String(atOnce)]
  const rate = await runPinned(measuredCore, process.execPath, args)
  return { ...onlySpeed, requestsPerSecond: Number(rate) }
}

function progress(text: string): void {
  process.stderr.write(text)
}
