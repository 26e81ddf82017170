// The load: wrk where it is installed, else autocannon. Both keep connections alive and read every answer.

import { isOnPath, runPinned, supportCore } from './processes.ts'

export interface LoadTarget {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Lua for wrk that makes each request; only wrk can run it. */
  readonly script?: string
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers that were not 2xx, and socket errors. */
  readonly failures: number
}

export const loadTool = isOnPath('wrk') ? 'wrk' : 'autocannon'
const connections = 32

export function load(target: LoadTarget, seconds: number): Promise<LoadResult> {
  return loadTool === 'wrk' ? loadByWrk(target, seconds) : loadByAutocannon(target, seconds)
}

function headerArgs(flag: string, separator: string, target: LoadTarget): string[] {
  return Object.entries(target.headers).flatMap(([name, value]) => [flag, name + separator + value])
}

async function loadByWrk(target: LoadTarget, seconds: number): Promise<LoadResult> {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    ...headerArgs('-H', ': ', target),
    ...(target.script === undefined ? [] : ['-s', target.script]),
  ]
  const stdout = await runPinned(supportCore, 'wrk', [...args, target.url])
  const find = (pattern: RegExp) => pattern.exec(stdout)?.[1]
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(
    stdout,
  )
  const failed = [find(/Non-2xx or 3xx responses: (\d+)/), ...(socketErrors?.slice(1) ?? [])]
  return {
    requestsPerSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    requests: Number(find(/(\d+) requests in/)),
    p50Ms: toMs(find(/50%\s+([\d.]+\w+)/)),
    p99Ms: toMs(find(/99%\s+([\d.]+\w+)/)),
    failures: failed.reduce((sum, count) => sum + Number(count ?? 0), 0),
  }
}

const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

function toMs(text: string | undefined): number {
  const [, count, unit] = /^([\d.]+)(\w+)$/.exec(text ?? '') ?? []
  return Number(count) * (unitMs[unit ?? ''] ?? Number.NaN)
}

interface AutocannonResult {
  readonly requests: { readonly average: number; readonly total: number }
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly non2xx: number
  readonly errors: number
}

async function loadByAutocannon(target: LoadTarget, seconds: number): Promise<LoadResult> {
  const args = [
    '-j',
    '-c',
    String(connections),
    '-d',
    String(seconds),
    ...headerArgs('-H', '=', target),
  ]
  const stdout = await runPinned(supportCore, 'autocannon', [...args, target.url])
  const result: AutocannonResult = JSON.parse(stdout)
  return {
    requestsPerSecond: result.requests.average,
    requests: result.requests.total,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failures: result.non2xx + result.errors,
  }
}
