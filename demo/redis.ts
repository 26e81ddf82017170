// A Redis of the demo's own: Debian's redis-server on a free port, with nothing written to disk.

import { randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { parseDocument } from 'yaml'
import { startProgram, type RunningProgram } from './childProcess.ts'
import { DemoError } from './demoError.ts'
import { findFreePort } from './ports.ts'

export interface DemoRedis extends RunningProgram {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string
}

/** `command` is the redis-server to start. */
export async function startRedis(command: string, directory: string): Promise<DemoRedis> {
  const port = await findFreePort()
  const running = startProgram({
    name: 'The Redis of the demo',
    command,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory],
    cwd: directory,
    logFile: join(directory, 'redis.log'),
  })
  return { url: `redis://127.0.0.1:${port}`, ...running }
}

/** Writes `config` anew, with its sessions in Redis, and returns where. */
export async function writeRedisConfig(
  config: string,
  directory: string,
  redisUrl: string,
): Promise<string> {
  const document = parseDocument(await readFile(config, 'utf8'))
  document.setIn(['sessions', 'store'], 'redis')
  document.setIn(['sessions', 'redis', 'url'], redisUrl)
  document.setIn(['sessions', 'keys'], [randomBytes(32).toString('base64url')])
  const derived = join(directory, 'config.redis.yaml')
  await writeFile(derived, document.toString())
  return derived
}

/** @throws DemoError that says how to install it */
export function findRedisServer(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find(isExecutable)
  if (found !== undefined) return found
  throw new DemoError(
    '--redis needs redis-server, which is not on PATH. Install it: sudo apt-get install redis-server',
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
