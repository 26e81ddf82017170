// A real redis-server for tests: its own process on a free port, nothing persisted, ended by its pid.
// It can be stopped dead (SIGSTOP), killed, and started again on the same port with nothing in it.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'

export interface RedisServerOptions {
  readonly password?: string
  /** Speaks TLS alone, with a certificate for 127.0.0.1 that `caFile` verifies. */
  readonly tls?: boolean
}

export interface RedisServer extends AsyncDisposable {
  /** Without the password. */
  readonly url: string
  readonly port: number
  /** PEM of the certificate authority, with `tls`. */
  readonly caFile: string | undefined
  /** The test's own connection, opened at the first use; closed by `stop`. */
  readonly client: Redis
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void
  resume(): void
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts again on the same port, empty; kills first where it still runs. */
  restart(): Promise<void>
  /** Ends it for good. */
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-redis-'))
  const caFile = options.tls === true ? createCertificate(folder) : undefined
  const port = await findFreePort()
  const start = () => spawnServer(toArguments({ folder, port, caFile, password: options.password }))
  const url = `${caFile === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`
  const client = createClient(url, caFile, options.password)
  let child = await start()

  const kill = () => endChild(child)
  const stop = async () => {
    client.disconnect()
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url,
    port,
    caFile,
    client,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      await kill()
      child = await start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface ServerFacts {
  readonly folder: string
  readonly port: number
  readonly caFile: string | undefined
  readonly password: string | undefined
}

function toArguments({ folder, port, caFile, password }: ServerFacts): string[] {
  const plain = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const auth = password === undefined ? [] : ['--requirepass', password]
  if (caFile === undefined) return [...plain, ...auth, '--port', String(port)]
  const keyFile = join(folder, 'key.pem')
  const tls = ['--tls-port', String(port), '--tls-cert-file', caFile, '--tls-key-file', keyFile]
  return [...plain, ...auth, '--port', '0', ...tls, '--tls-auth-clients', 'no']
}

function createClient(url: string, caFile: string | undefined, password?: string): Redis {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => 20,
    ...(password === undefined ? {} : { password }),
    // Because the server lives on loopback and its certificate is of the test's own making.
    ...(caFile === undefined ? {} : { tls: { rejectUnauthorized: false } }),
  })
  client.on('error', () => {})
  return client
}

async function spawnServer(commandLine: string[]): Promise<ChildProcess> {
  const child = spawn('redis-server', commandLine, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const printed: string[] = []
  for await (const line of createInterface(child.stdout)) {
    printed.push(line)
    if (line.includes('Ready to accept connections')) {
      child.stdout.resume()
      return child
    }
  }
  throw new Error(`redis-server did not start:\n${printed.join('\n')}`)
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was bound')
  server.close()
  await once(server, 'close')
  return address.port
}

function createCertificate(folder: string): string {
  const certificate = join(folder, 'ca.pem')
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1'
  const files = ['-keyout', join(folder, 'key.pem'), '-out', certificate]
  execFileSync('openssl', [...request.split(' '), ...files], { stdio: 'ignore' })
  return certificate
}
