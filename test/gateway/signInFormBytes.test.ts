// An application's sign-in form as bytes on a socket: how it is framed, how slowly it comes, and where it breaks off.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { lastSeen, startFormWorld, urlencoded, type FormWorld } from '../support/formWorld.ts'
import { rawExchange } from '../support/httpClient.ts'
import { connectRaw } from '../support/rawUpstream.ts'
import { fieldsSeenBy } from './steps.ts'

const alice = 'csrf=a%2Bb+c&login=alice&passwd=alice&submit=Sign+in'
const left = 'csrf=a%2Bb+c&login=alice&submit=Sign+in'

let app: FormWorld
beforeAll(async () => {
  app = await startFormWorld({ form: { success: { replay: {} } } })
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(() => {
  app.bodies.length = 0
})

function toHead(framing: readonly string[], method = 'POST'): string {
  const head = [
    `${method} /login HTTP/1.1`,
    `Host: ${new URL(app.world.publicUrl).host}`,
    `Origin: ${app.world.publicUrl}`,
    `Content-Type: ${urlencoded}`,
    ...framing,
  ]
  return `${head.join('\r\n')}\r\n\r\n`
}

function send(framing: readonly string[], body: string, method?: string): Promise<string> {
  return rawExchange(app.world.port, toHead(['Connection: close', ...framing], method) + body)
}

const statusesOf = (answer: string) => answer.match(/HTTP\/1\.1 \d+/g)
const toChunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

test('who asks first is told to go on, once', async () => {
  const answer = await send([`Content-Length: ${alice.length}`, 'Expect: 100-continue'], alice)
  expect(statusesOf(answer)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
})

test('who asks first and has no form is not told to go on', async () => {
  const framing = ['Content-Length: 70000', 'Expect: 100-continue']
  expect(statusesOf(await send(framing, ''))).toEqual(['HTTP/1.1 413'])
})

test('a form in chunks arrives whole, with its length', async () => {
  expect(await send(['Transfer-Encoding: chunked'], `${toChunk(alice)}0\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 200/,
  )
  expect(app.bodies.map(String)).toEqual([left])
  const seen = fieldsSeenBy(lastSeen(app))
  expect(seen['content-length']).toBe(String(left.length))
  expect(seen['transfer-encoding']).toBeUndefined()
})

test('a form in chunks of one byte arrives whole', async () => {
  const chunks = Array.from(alice, toChunk).join('')
  await send(['Transfer-Encoding: chunked'], `${chunks}0\r\n\r\n`)
  expect(app.bodies.map(String)).toEqual([left])
})

test('what comes behind a form in chunks is no part of it', async () => {
  const trailers = '0\r\nlogin: bob\r\nContent-Type: text/plain\r\nCookie: login=bob\r\n\r\n'
  const framing = ['Transfer-Encoding: chunked', 'Trailer: login']
  expect(await send(framing, toChunk(alice) + trailers)).toMatch(/^HTTP\/1\.1 200/)
  expect(app.bodies.map(String)).toEqual([left])
  expect(JSON.stringify(lastSeen(app).rawHeaders)).not.toContain('bob')
  expect(lastSeen(app).rawTrailers).toEqual([])
})

test('a form in chunks that grows too large is refused', async () => {
  const body = toChunk(`${alice}&x=`) + toChunk('x'.repeat(65_536))
  const answer = await send(['Transfer-Encoding: chunked'], `${body}0\r\n\r\n`)
  expect(statusesOf(answer)).toEqual(['HTTP/1.1 413'])
  expect(app.bodies).toEqual([])
})

test.each([
  ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
  ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
  ['a coding nobody knows', ['Transfer-Encoding: gzip, chunked']],
])('a form with %s signs nobody in', async (_, framing) => {
  const asked = app.world.issuer.counts.token
  expect(await send(framing, `${toChunk(alice)}0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (400|501)/)
  expect(app.world.issuer.counts.token).toBe(asked)
  expect(app.bodies).toEqual([])
})

test('what stands behind the length of a form is no part of it', async () => {
  const body = `${alice}&login=bob`
  await send([`Content-Length: ${alice.length}`], body)
  expect(app.bodies.map(String)).toEqual([left])
})

test('a form that breaks off signs nobody in', async () => {
  const asked = app.world.issuer.counts.token
  const client = connectRaw(app.world.port)
  client.send(toHead(['Content-Length: 1000', 'Expect: 100-continue']))
  await client.waitFor('100 Continue')
  client.socket.end(alice)
  await client.waitForClose()
  expect(app.world.issuer.counts.token).toBe(asked)
  expect(app.bodies).toEqual([])
})

test.each(['websocket', 'h2c'])(
  'a form that asks for %s is a form all the same',
  async (protocol) => {
    const framing = [
      `Content-Length: ${alice.length}`,
      `Upgrade: ${protocol}`,
      'Connection: Upgrade',
    ]
    const answer = await rawExchange(app.world.port, toHead(framing) + alice, {
      until: (text) => text.includes('\r\n\r\n'),
    })
    expect(answer).toMatch(/^HTTP\/1\.1 200/)
    expect(app.bodies.map(String)).toEqual([left])
  },
)

test.each(['PUT', 'PATCH', 'DELETE'])(
  '%s is another request, and is not read here',
  async (method) => {
    const asked = app.world.issuer.counts.token
    const answer = await send([`Content-Length: ${alice.length}`], alice, method)
    expect(answer).toMatch(/^HTTP\/1\.1 200/)
    expect(app.bodies.map(String)).toEqual([alice])
    expect(app.world.issuer.counts.token).toBe(asked)
  },
)

test.each(['GET', 'HEAD', 'PUT'])(
  'POST that calls itself %s is a POST, for the application, too',
  async (method) => {
    const framing = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']
    const fields = framing.map((name) => `${name}: ${method}`)
    await send([`Content-Length: ${alice.length}`, ...fields], alice)
    expect(app.bodies.map(String)).toEqual([left])
    expect(JSON.stringify(lastSeen(app).rawHeaders)).not.toMatch(/override|http-method/i)
  },
)

describe('a form that does not arrive', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  test('is waited for 10 s, however it drips in', async () => {
    const asked = app.world.issuer.counts.token
    const client = connectRaw(app.world.port)
    client.send(toHead([`Content-Length: ${alice.length}`, 'Expect: 100-continue']))
    await client.waitFor('100 Continue\r\n\r\n')
    vi.advanceTimersByTime(9000)
    client.send(alice.slice(0, 20))
    vi.advanceTimersByTime(999)
    expect(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    vi.advanceTimersByTime(1)
    expect(await client.waitFor('request_timeout')).toMatch(/HTTP\/1\.1 408 /)
    expect(app.world.issuer.counts.token).toBe(asked)
    expect(app.bodies).toEqual([])
  })
})
