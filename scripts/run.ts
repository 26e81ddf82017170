import { spawn } from 'node:child_process'

export interface RunResult {
  /** False where it could not be started, too. */
  readonly succeeded: boolean
  /** What it wrote, both streams in the order of arrival. */
  readonly output: string
}

/** Runs a program to its end, without a terminal and without input. */
export function run(program: string, args: readonly string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    const keep = (chunk: Buffer): number => chunks.push(chunk)
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (fault) => resolve({ succeeded: false, output: `${fault.message}\n` }))
    child.on('close', (code) =>
      resolve({ succeeded: code === 0, output: Buffer.concat(chunks).toString() }),
    )
  })
}
