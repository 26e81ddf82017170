// One of the old applications of examples/legacy, as its start.sh starts it: a real Apache on a free port, with a
// folder of its own. Every byte that reaches it is kept.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../support/ports.ts'
import { until } from '../gateway/steps.ts'

export const appNames = ['orderbook', 'timesheets', 'pricelist'] as const
export type AppName = (typeof appNames)[number]

export interface LegacyApp extends AsyncDisposable {
  readonly port: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Where it keeps what it writes. */
  readonly folder: string
  /** Everything that has reached it so far, heads, bodies and trailers, as Apache read it from the sockets. */
  received(): Promise<string>
  /** The requests that have reached it so far: `GET /path`. */
  requests(): Promise<readonly string[]>
}

/** The password of every account, which nobody but the gateway is told. */
export const appPassword = 'the-one-password-of-every-account'

export function exampleFolder(name: AppName): string {
  return resolve(import.meta.dirname, '../../examples/legacy', name)
}

// Because what an application makes of a request is not all that it was sent.
const noteEveryByte = [
  ['-C', 'LoadModule dumpio_module /usr/lib/apache2/modules/mod_dumpio.so'],
  ['-c', 'DumpIOInput On'],
  ['-c', 'LogLevel dumpio:trace7'],
].flat()

const running = new Set<ReturnType<typeof spawn>>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** Resolves once it takes connections; rejects with what it said where it ends before. */
export async function startLegacyApp(name: AppName): Promise<LegacyApp> {
  const folder = await mkdtemp(join(tmpdir(), `postern-${name}-`))
  const port = await freePort()
  const child = spawn(join(exampleFolder(name), 'start.sh'), noteEveryByte, {
    env: { PATH: process.env['PATH'], PORT: String(port), DATA: folder, APP_PASSWORD: appPassword },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Because Apache, when it is told to end, ends the whole process group that it is in.
    detached: true,
  })
  running.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  }
  const ended = once(child, 'close').then(() => running.delete(child))
  const errorLog = () => readFile(join(folder, 'error.log'), 'utf8').catch(() => '')
  await until(async () => {
    if (!running.has(child)) throw new Error(`${name} has ended: ${said}${await errorLog()}`)
    return isListening(port)
  }, 20_000)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    folder,
    received: errorLog,
    async requests() {
      // Because the access log is written behind the answer, and may lack the last one.
      const lines = (await errorLog()).matchAll(/\(data-HEAP\): ([A-Z]+ \S+) HTTP\/1\.1\\r\\n$/gm)
      return Array.from(lines, ([, request = '']) => request)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
