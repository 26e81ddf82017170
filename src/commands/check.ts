// `postern check`: says everything that is wrong with a configuration, and starts nothing.

import type { Config } from '../config/config.ts'
import { formatProblems, formatWarnings } from '../config/problems/problem.ts'
import { loadConfig } from '../config/load.ts'
import { findRouteProblems } from '../routing/routeProblems.ts'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'

export interface CheckOptions {
  readonly configFile: string
}

/** Problems and warnings go to standard error, the verdict on a sound file to standard output. */
export async function runCheck({ configFile }: CheckOptions, io: CommandIo): Promise<number> {
  const loaded = await loadConfig(configFile, io.env, findRouteProblems)
  if ('problems' in loaded) {
    io.stderr.write(formatProblems(configFile, loaded.problems))
    return exitCodes.failure
  }
  io.stderr.write(formatWarnings(configFile, loaded.warnings))
  io.stdout.write(`${configFile} is fine: ${summarize(loaded.config)}.\n`)
  return exitCodes.success
}

function summarize({ routes, providers, upstreams, sessions }: Config): string {
  return [
    count(routes.length, 'route'),
    count(providers.length, 'provider'),
    count(Object.keys(upstreams).length, 'upstream'),
    `sessions in ${{ cookie: 'cookies', memory: 'memory', redis: 'Redis' }[sessions.store]}`,
  ].join(', ')
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
