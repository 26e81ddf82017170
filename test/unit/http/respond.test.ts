import { expect, test } from 'vitest'
import { respond, respondRedirect } from '../../../src/http/respond.ts'
import type { ReceivedRequest } from '../../../src/request.ts'
import { rawExchange } from '../../support/httpClient.ts'
import { startListener, statusesOf } from '../listener/startListener.ts'

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

test('a redirect carries its cookies one by one', async () => {
  const answer = await answerTo(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    (received) => respondRedirect(received, '/next', ['a=1', 'b=2']),
  )
  expect(statusesOf(answer)).toEqual([302])
  expect(answer).toMatch(/\r\nLocation: \/next\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/)
})
