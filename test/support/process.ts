// The program itself in a process of its own, as an operator starts it: `node src/main.ts …`. What it prints is
// kept; every process is ended by its pid when its test is over.

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { ConfigInput } from '../../src/config/schema.ts'
import { createFolder } from './folder.ts'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface Exit {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number
  /** What it has printed so far. */
  stdout(): string
  stderr(): string
  /** Each whole line on standard output, parsed. */
  logLines(): Record<string, unknown>[]
  /** Resolves once a log line has this sentence; rejects where the program ends first. */
  logged(sentence: string): Promise<Record<string, unknown>>
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void
  /** Resolves when it has ended and everything it printed has been read. */
  readonly ended: Promise<Exit>
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

// Because stripping the types of all modules takes half of a start: done once for all starts of a test file.
const compileCache = mkdtempSync(join(tmpdir(), 'postern-compile-cache-'))

const running = new Set<ChildProcessByStdio<null, Readable, Readable>>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(compileCache, { recursive: true, force: true })
})

export function startProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { NODE_COMPILE_CACHE: compileCache, ...options.env },
  })
  running.add(child)
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  const ended = endOf(child, printed)

  const logLines = () =>
    printed.stdout
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, unknown> => ({ ...Object(JSON.parse(line)) }))
  return {
    pid: child.pid ?? 0,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    logLines,
    async logged(sentence) {
      for (;;) {
        const line = logLines().find(({ msg }) => msg === sentence)
        if (line !== undefined) return line
        if (!running.has(child)) throw new Error(`it ended first: ${printed.stderr}`)
        await Promise.race([once(child.stdout, 'data'), ended])
      }
    },
    signal: (name) => void child.kill(name),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function endOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  printed: { readonly stdout: string; readonly stderr: string },
): Promise<Exit> {
  await once(child, 'close')
  running.delete(child)
  return {
    code: child.exitCode ?? undefined,
    stdout: printed.stdout,
    stderr: printed.stderr,
  }
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], options?: ProgramOptions): Promise<Exit> {
  return startProgram(args, options).ended
}

export interface GatewayProcess extends RunningProgram {
  readonly port: number
  readonly adminPort: number
}

/** `postern serve` with this configuration, once it listens. */
export async function startGatewayProcess(config: ConfigInput): Promise<GatewayProcess> {
  const folder = await createFolder()
  // Because JSON is YAML.
  const file = await folder.write('postern.yaml', JSON.stringify(config))
  const program = startProgram(['--config', file])
  try {
    const line = await program.logged('Postern is listening')
    return {
      ...program,
      port: portOf(line['public']),
      adminPort: portOf(line['admin']),
      async [Symbol.asyncDispose]() {
        await program[Symbol.asyncDispose]()
        await folder[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await program[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

function portOf(address: unknown): number {
  return Number(/:(\d+)$/.exec(String(address))?.[1])
}

/** What the system says of a process's memory, in MiB: now, and at its highest. */
export async function readMemory(pid: number): Promise<{ rss: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return { rss: read('VmRSS') / 1024, peak: read('VmHWM') / 1024 }
}
