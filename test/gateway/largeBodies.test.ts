import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMemory, startGatewayProcess, type GatewayProcess } from '../support/process.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { until } from './steps.ts'

const mebi = 1024 * 1024
const allowedGrowthMiB = 80
const chunk = Buffer.alloc(mebi, 'x')

let size = 0
let sent = 0
/** Whether the application has had nothing taken from it for a while. */
let isHeldBack = false

let upstream: Upstream
let gateway: GatewayProcess
beforeAll(async () => {
  upstream = await startUpstream(async (incoming, response) => {
    if (incoming.method === 'PUT') {
      response.end(String(await countBytes(incoming)))
      return
    }
    response.writeHead(200, { 'Content-Length': size })
    // Because a client may leave in the middle, which is no fault here.
    await pipeline(Readable.from(filling(), { highWaterMark: 1 }), response).catch(() => {})
  })
  gateway = await startGatewayProcess({
    publicUrl: 'http://localhost:8080',
    listen: { address: '127.0.0.1:0' },
    admin: { address: '127.0.0.1:0' },
    providers: [{ id: 'none', issuer: 'http://127.0.0.1:1', clientId: 'postern' }],
    upstreams: { app: { url: upstream.url } },
    routes: [{ match: { path: '/**' }, access: 'public', upstream: 'app' }],
    insecure: { allowHttpIssuer: true },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream.close()
})

function* filling(): Generator<Buffer> {
  let waiting: NodeJS.Timeout | undefined
  for (sent = 0; sent < size; sent += chunk.length) {
    isHeldBack = false
    clearTimeout(waiting)
    waiting = setTimeout(() => (isHeldBack = true), 300)
    yield chunk
  }
  clearTimeout(waiting)
}

async function countBytes(stream: Readable): Promise<number> {
  let bytes = 0
  for await (const part of stream as AsyncIterable<Buffer>) bytes += part.length
  return bytes
}

async function exchange(method: 'GET' | 'PUT'): Promise<IncomingMessage> {
  const outgoing = request({
    host: '127.0.0.1',
    port: gateway.port,
    path: '/file',
    method,
    agent: false,
  })
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  outgoing.once('response', resolve).once('error', reject)
  if (method === 'PUT') await pipeline(Readable.from(filling(), { highWaterMark: 1 }), outgoing)
  else outgoing.end()
  return promise
}

/** How far memory rises while something is done, above where it stood before. */
async function growthOf(act: () => Promise<unknown>): Promise<number> {
  const { rss } = await readMemory(gateway.pid)
  await act()
  return (await readMemory(gateway.pid)).peak - rss
}

const upload = async (): Promise<number> =>
  Number(String(Buffer.concat(await (await exchange('PUT')).toArray())))
const download = async (): Promise<number> => countBytes(await exchange('GET'))

test.each([
  ['a download', download],
  ['an upload', upload],
])(
  '%s of 1 GiB goes through in flat memory',
  async (_name, carry) => {
    // Because what a process needs at all is seen only once it has worked.
    size = 64 * mebi
    expect(await carry()).toBe(size)
    size = 1024 * mebi
    const growth = await growthOf(async () => {
      expect(await carry()).toBe(size)
    })
    expect(growth).toBeLessThan(allowedGrowthMiB)
  },
  120_000,
)

test('a client that reads nothing holds the application back, not the memory', async () => {
  size = 1024 * mebi
  const growth = await growthOf(async () => {
    const answer = await exchange('GET')
    await until(() => isHeldBack)
    expect(sent).toBeLessThan(64 * mebi)
    answer.destroy()
  })
  expect(growth).toBeLessThan(allowedGrowthMiB)
})
