// A program that the demo starts and takes down again. What it says goes to a file.

import { spawn } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { DemoError } from './demoError.ts'

export interface Program {
  /** As a person would say it: `The gateway`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Standard output and standard error go here. */
  readonly logFile: string
}

export interface RunningProgram extends AsyncDisposable {
  /** Rejects with a DemoError once the program ends by itself; never resolves. */
  readonly failure: Promise<never>
}

const graceMs = 3000

export function startProgram(program: Program): RunningProgram {
  const log = openSync(program.logFile, 'a')
  // Because a terminal sends Ctrl-C to its whole process group, and the demo ends its programs itself.
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  const { promise: failure, reject } = Promise.withResolvers<never>()
  failure.catch(() => {})
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      reject(new DemoError(`${program.name} did not start: ${error.message}`))
      resolve()
    })
    child.once('exit', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal
      reject(new DemoError(`${program.name} has ended (${how}). Its log: ${program.logFile}`))
      resolve()
    })
  })
  return {
    failure,
    async [Symbol.asyncDispose]() {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      child.kill('SIGTERM')
      await ended
      clearTimeout(timer)
    },
  }
}
