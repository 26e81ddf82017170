// `postern serve`: runs the gateway until SIGTERM or SIGINT, then lets requests in flight finish.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { loadConfig } from '../config/load.ts'
import { formatProblems, type ConfigProblem } from '../config/problems/problem.ts'
import { createGateway } from '../gateway.ts'
import { findRouteProblems } from '../routing/routeProblems.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { exitCodes } from './commandLine.ts'
import type { CommandIo } from './io.ts'
import { describeStartFault } from './startFault.ts'

export interface ServeOptions {
  readonly configFile: string
}

export async function runServe({ configFile }: ServeOptions, io: CommandIo): Promise<number> {
  const loaded = await loadConfig(configFile, io.env, findRouteProblems)
  if ('problems' in loaded) {
    io.stderr.write(formatProblems(configFile, loaded.problems))
    return exitCodes.failure
  }
  const log = createLog(loaded.config.log.level)
  try {
    logWarnings(log, loaded.warnings)
    const gateway = createGateway({ config: loaded.config, log })
    const addresses = await gateway.start()
    log.info(
      { public: write(addresses.public), admin: write(addresses.admin) },
      'Postern is listening',
    )
    const signal = await waitForSignal()
    log.info({ signal, drainTimeoutMs: loaded.config.listen.drainTimeout }, 'draining')
    await gateway.stop()
    log.info({}, 'stopped')
    return exitCodes.success
  } catch (error) {
    io.stderr.write(`${describeStartFault(error, loaded.config)}\n`)
    return exitCodes.failure
  } finally {
    await log.close()
  }
}

function logWarnings(log: Log, warnings: readonly ConfigProblem[]): void {
  for (const { path, message } of warnings)
    log.warn({ setting: path, warning: message }, 'configuration')
}

async function waitForSignal(): Promise<string> {
  const signals = ['SIGTERM', 'SIGINT'] as const
  return Promise.race(signals.map((signal) => once(process, signal).then(() => signal)))
}

function write({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}
