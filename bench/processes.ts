// Child processes of the bench: pinned to a core where the machine has two, watched through /proc.

import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { connect } from 'node:net'
import { promisify } from 'node:util'

const ticksPerSecond = 100

/** The measured process runs on core 0; everything else (load, upstream, issuer, Redis) on core 1. */
export const measuredCore = 0
export const supportCore = 1

export function isOnPath(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
}

const canPin = availableParallelism() >= 2 && isOnPath('taskset')

export function pinned(core: number, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]]
}

/** What it wrote to standard output. @throws where it fails */
export async function runPinned(
  core: number,
  command: string,
  args: readonly string[],
): Promise<string> {
  const { stdout } = await promisify(execFile)(...pinned(core, command, args), {
    maxBuffer: 16 * 1024 ** 2,
  })
  return stdout
}

export interface StartOptions {
  readonly core: number
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
}

export interface Started {
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a server and waits until its port takes connections. */
export async function start(options: StartOptions): Promise<Started> {
  const [command, args] = pinned(options.core, options.command, options.args)
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000)
  })
  await waitForPort(options.port, child, () => complaint)
  return { pid: child.pid!, stop: () => stop(child) }
}

async function waitForPort(port: number, child: ChildProcess, complaint: () => string) {
  const deadline = Date.now() + 15_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break
    if (await isListening(port)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`nothing listens on port ${port}: ${child.spawnargs.join(' ')}\n${complaint()}`)
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => {
    socket.destroy()
    resolve(true)
  })
  socket.once('error', () => resolve(false))
  return promise
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const { promise, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  child.kill('SIGKILL')
  await promise
}

/** User and system time that the process has used so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident set size now, in MiB. */
export function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}
