import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { respond, respondRedirect } from '../../../src/http/respond.ts'
import type { ReceivedRequest } from '../../../src/request.ts'
import { rawExchange } from '../../support/httpClient.ts'
import { startListener, statusesOf } from '../listener/startListener.ts'
import { tls } from '../listener/transports.ts'

async function answerTo(bytes: string, answer: (received: ReceivedRequest) => void) {
  await using world = await startListener({ handle: async (received) => answer(received) })
  return await rawExchange(world.port, bytes, { until: (text) => text.endsWith('\r\n\r\nok') })
}

const post = (length: number) =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(Math.min(length, 10))}`
const ok = (received: ReceivedRequest) => respond(received, { status: 200, body: 'ok' })

test('an answer of ours is never cached, sniffed or framed', async () => {
  const answer = await answerTo('GET / HTTP/1.1\r\nHost: a\r\n\r\n', ok)
  for (const line of [
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'X-Frame-Options: DENY',
    'Referrer-Policy: no-referrer',
    'Content-Length: 2',
  ]) {
    expect(answer).toContain(`\r\n${line}\r\n`)
  }
})

test('a connection outlives an answer to a short body that was not read', async () => {
  expect(await answerTo(post(10), ok)).toMatch(/\r\nConnection: keep-alive\r\n/)
})

test('a connection is closed rather than a long body read for nothing', async () => {
  expect(await answerTo(post(100_000), ok)).toMatch(/\r\nConnection: close\r\n/)
})

test('a connection is closed after 408, however short the body that did not come', async () => {
  const short = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx'
  const late = (received: ReceivedRequest) => respond(received, { status: 408, body: 'ok' })
  expect(await answerTo(short, late)).toMatch(/\r\nConnection: close\r\n/)
})

test('an answer of ours has the id by which its log line is found', async () => {
  await using world = await startListener({ handle: async (received) => ok(received) })
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  const answer = await rawExchange(world.port, request)
  expect(/\r\nX-Request-Id: ([0-9a-f]{16})\r\n/.exec(answer)?.[1]).toBe(world.handled[0]!.record.id)
})

test('a client that is still sending a long body gets the whole answer', async () => {
  await using world = await startListener({ handle: async (received) => ok(received) })
  const socket = connect(world.port, '127.0.0.1').pause()
  const write = (bytes: string) => new Promise((resolve) => socket.write(bytes, resolve))
  await write(post(100_000_000))
  for (let count = 0; count < 20; count += 1) await write('x'.repeat(10_000))
  const [answer] = await once(socket.setEncoding('latin1').resume(), 'data')
  expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nok$/)
  socket.destroy()
})

test('a second answer does not disturb a complete one', async () => {
  const answer = await answerTo('GET / HTTP/1.1\r\nHost: a\r\n\r\n', (received) => {
    ok(received)
    respond(received, { status: 500, body: 'late' })
  })
  expect(statusesOf(answer)).toEqual([200])
  expect(answer).toMatch(/\r\n\r\nok$/)
})

test('a second answer cuts off one that has only begun', async () => {
  const answer = await answerTo('GET / HTTP/1.1\r\nHost: a\r\n\r\n', (received) => {
    received.response.writeHead(200, ['Content-Length', '100'])
    received.response.write('half', () => respond(received, { status: 500, body: 'late' }))
  })
  expect(statusesOf(answer)).toEqual([200])
  expect(answer).toMatch(/\r\n\r\nhalf$/)
})

test('an HTTP/1.0 client can tell an answer that was cut off from a whole one', async () => {
  await using world = await startListener({
    handle: async ({ response }) => {
      response.writeHead(200, [])
      response.write('half')
    },
  })
  const socket = connect(world.port, '127.0.0.1')
  socket.write('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
  await once(socket, 'data')
  respond(world.handled[0]!, { status: 500, body: 'late' })
  expect(await once(socket, 'end').catch((error: unknown) => error)).toMatchObject({
    code: 'ECONNRESET',
  })
})

test('over TLS, the same client misses the closure alert', async () => {
  await using world = await tls.startListener({
    handle: async ({ response }) => {
      response.writeHead(200, [])
      response.write('half')
    },
  })
  const client = spawn('openssl', ['s_client', '-quiet', '-connect', `127.0.0.1:${world.port}`])
  const printed = { out: '', err: '' }
  client.stdout.on('data', (text: Buffer) => (printed.out += text.toString()))
  client.stderr.on('data', (text: Buffer) => (printed.err += text.toString()))
  client.stdin.on('error', () => {}).write('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
  await expect.poll(() => printed.out).toContain('half')
  respond(world.handled[0]!, { status: 500, body: 'late' })
  await once(client, 'close')
  expect(printed.out).toMatch(/half$/)
  expect(printed.err).toContain('unexpected eof')
})

test('a redirect carries its cookies one by one', async () => {
  const answer = await answerTo(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    (received) => respondRedirect(received, '/next', ['a=1', 'b=2']),
  )
  expect(statusesOf(answer)).toEqual([302])
  expect(answer).toMatch(/\r\nLocation: \/next\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/)
})
