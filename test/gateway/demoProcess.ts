// `npm run demo` as a person has it in a terminal: its own process group, a Ctrl-C, and what it printed.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../../demo/main.ts')

export interface DemoEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What is left in its temporary directory. */
  readonly leftovers: readonly string[]
}

export interface Demo extends AsyncDisposable {
  /** What it has printed so far. */
  stdout(): string
  /** SIGINT to the whole process group, as a terminal sends it. */
  pressCtrlC(): void
  /** Resolves once it and everything that writes to its output has ended. */
  readonly ended: Promise<DemoEnd>
}

/** Resolves once the demo says that it is up, or has ended without. */
export async function startDemo(...args: readonly string[]): Promise<Demo> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-demo-test-'))
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  const ended = once(child, 'close').then(async () => {
    const leftovers = await readdir(directory)
    await rm(directory, { recursive: true })
    return { code: child.exitCode, ...printed, leftovers }
  })
  const pressCtrlC = (): void => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
  }
  await Promise.race([once(child.stdout, 'data'), ended])
  return {
    stdout: () => printed.stdout,
    pressCtrlC,
    ended,
    async [Symbol.asyncDispose]() {
      pressCtrlC()
      await ended
    },
  }
}
