// PHP, one process for many requests: `php-cgi` as a FastCGI server, and as much of the protocol as asks it.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { until } from '../gateway/steps.ts'
import { createFolder } from './folder.ts'

export interface PhpRequest {
  /** CGI variables. */
  readonly variables: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Php extends AsyncDisposable {
  /** What the script wrote, head included. One at a time. */
  ask(request: PhpRequest): Promise<string>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** With the settings that PHP has by itself; each request runs the script. */
export async function startPhp(script: string): Promise<Php> {
  const folder = await createFolder()
  const path = join(folder.path, 'php.sock')
  const child = spawn('php-cgi', ['-n', '-b', path], {
    env: { PATH: process.env['PATH'], PHP_FCGI_MAX_REQUESTS: '0' },
    stdio: 'ignore',
  })
  running.add(child)
  const ended = once(child, 'exit').then(() => running.delete(child))
  let socket: Socket | undefined
  await until(async () => {
    if (!running.has(child)) throw new Error('php-cgi has ended')
    socket = await tryConnect(path)
    return socket !== undefined
  }, 20_000)
  const stream = socket!
  return {
    ask: (request) => ask(stream, script, request),
    async [Symbol.asyncDispose]() {
      stream.destroy()
      child.kill('SIGTERM')
      await ended
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function tryConnect(path: string): Promise<Socket | undefined> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return undefined
  }
}

// FastCGI 1.0 §8, `FCGI_BEGIN_REQUEST` and so on.
const begin = 1
const end = 3
const parameters = 4
const input = 5
const output = 6

const maxContent = 0xffff
const keepsConnection = Buffer.from([0, 1, 1, 0, 0, 0, 0, 0])

function toRecords(type: number, content: Uint8Array): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < content.length; at += maxContent) {
    records.push(toRecord(type, content.subarray(at, at + maxContent)))
  }
  return records
}

function toRecord(type: number, content: Uint8Array): Buffer {
  const head = Buffer.from([1, type, 0, 1, 0, 0, 0, 0])
  head.writeUInt16BE(content.length, 4)
  return Buffer.concat([head, content])
}

function toPair([name, value]: readonly [string, string]): Buffer {
  const texts = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')]
  const lengths = texts.map(({ length }) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(0x80000000 + length)
    return bytes
  })
  return Buffer.concat([...lengths, ...texts])
}

async function ask(stream: Socket, script: string, request: PhpRequest): Promise<string> {
  const variables = {
    SCRIPT_FILENAME: script,
    REQUEST_METHOD: 'POST',
    REDIRECT_STATUS: '200',
    CONTENT_LENGTH: String(request.body.length),
    ...request.variables,
  }
  const none = Buffer.alloc(0)
  stream.write(
    Buffer.concat([
      toRecord(begin, keepsConnection),
      ...toRecords(parameters, Buffer.concat(Object.entries(variables).map(toPair))),
      toRecord(parameters, none),
      ...toRecords(input, request.body),
      toRecord(input, none),
    ]),
  )
  return readAnswer(stream)
}

async function readAnswer(stream: Socket): Promise<string> {
  let pending = Buffer.alloc(0)
  let said = ''
  const chunks: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false })
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 8 && pending.length >= sizeOf(pending)) {
      if (pending[1] === end) return said
      if (pending[1] === output) said += pending.toString('latin1', 8, 8 + pending.readUInt16BE(4))
      pending = pending.subarray(sizeOf(pending))
    }
  }
  throw new Error('php-cgi has closed the connection')
}

/** Head, content and padding. */
function sizeOf(record: Buffer): number {
  return 8 + record.readUInt16BE(4) + record[6]!
}
