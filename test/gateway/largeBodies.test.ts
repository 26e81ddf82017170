import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMemory, startGatewayProcess, type GatewayProcess } from '../support/process.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { until } from './steps.ts'

const mebi = 1024 * 1024
const size = 1024 * mebi
const allowedGrowthMiB = 80
const chunk = Buffer.alloc(mebi, 'x')

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
    await pipeline(Readable.from(oneGibibyte()), response).catch(() => {})
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

function* oneGibibyte(): Generator<Buffer> {
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

async function exchange(method: 'GET' | 'PUT', path = '/file'): Promise<IncomingMessage> {
  const outgoing = request({ host: '127.0.0.1', port: gateway.port, path, method, agent: false })
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  outgoing.once('response', resolve).once('error', reject)
  if (method === 'PUT') await pipeline(Readable.from(oneGibibyte()), outgoing)
  else outgoing.end()
  return promise
}

/** How far memory rises while something is done, above where it stood before. */
async function growthOf(act: () => Promise<unknown>): Promise<number> {
  const { rss } = await readMemory(gateway.pid)
  await act()
  return (await readMemory(gateway.pid)).peak - rss
}

test('a download of 1 GiB goes through in flat memory', async () => {
  const growth = await growthOf(async () => {
    expect(await countBytes(await exchange('GET'))).toBe(size)
  })
  expect(growth).toBeLessThan(allowedGrowthMiB)
}, 60_000)

test('an upload of 1 GiB goes through in flat memory', async () => {
  const growth = await growthOf(async () => {
    const answer = await exchange('PUT')
    expect(Number(String(Buffer.concat(await answer.toArray())))).toBe(size)
  })
  expect(growth).toBeLessThan(allowedGrowthMiB)
}, 60_000)

test('a client that reads nothing holds the application back, not the memory', async () => {
  const growth = await growthOf(async () => {
    const answer = await exchange('GET')
    await until(() => isHeldBack)
    expect(sent).toBeLessThan(32 * mebi)
    answer.destroy()
  })
  expect(growth).toBeLessThan(allowedGrowthMiB)
})
