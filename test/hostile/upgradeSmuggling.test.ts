import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import {
  connectRaw,
  startRawUpstream,
  type RawConnection,
  type RawUpstream,
} from '../support/rawUpstream.ts'
import { fieldValues, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, hasAnswers, statusesOf, toHead } from './rawRequests.ts'

const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

let upstream: Upstream
let raw: RawUpstream
let world: World
let alice: HttpClient
let bob: HttpClient

beforeAll(async () => {
  upstream = await startUpstream()
  raw = await startRawUpstream()
  const listed = ['https://listed.example']
  world = await startWorld({
    upstream,
    config: { upstreams: { app: { url: upstream.url }, raw: { url: raw.url } } },
    routes: [
      { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
      { match: { path: '/raw/**' }, access: 'public', upstream: 'raw' },
      { match: { path: '/listed/**' }, websocketOrigins: listed, upstream: 'app' },
      { match: { path: '/optional/**' }, access: 'optional', upstream: 'app' },
      { match: { path: '/admin/**' }, require: { groups: ['admins'] }, upstream: 'app' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
  alice = (await world.signIn('alice')).client
  bob = (await world.signIn('bob')).client
})
afterAll(async () => {
  await world.stop()
  await raw[Symbol.asyncDispose]()
  await upstream.close()
})
beforeEach(() => {
  upstream.requests.length = 0
})

const host = () => `localhost:${world.port}`
const handshake = (target: string, ...lines: string[]) =>
  toHead({ host: host(), target, lines: [...handshakeLines, ...lines] })
const cookieOf = (client: HttpClient) => `Cookie: ${client.cookies.fieldFor(world.publicUrl)}`
const smuggled = () => toHead({ host: host(), target: '/admin/smuggled', lines: [cookieOf(bob)] })

/** A handshake with bytes right behind it, and the upstream's side of the connection that it led to. */
async function beginEarly(): Promise<{ client: RawConnection; inner: RawConnection }> {
  const index = raw.connections.length
  const client = connectRaw(world.port)
  client.send(handshake('/raw/socket') + smuggled())
  const inner = await raw.connection(index)
  await inner.waitFor('\r\n\r\n')
  return { client, inner }
}

describe('bytes behind a handshake wait for the 101', () => {
  test.each([
    ['200', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno'],
    ['400', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno'],
    ['403', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'],
    ['426', 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\nUpgrade: websocket\r\n\r\nno'],
    ['302', 'HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n'],
  ])('an upstream that answers %s never sees them', async (status, answer) => {
    const { client, inner } = await beginEarly()
    inner.send(answer)
    await client.waitForClose()
    await inner.waitForClose()
    expect(client.received).toMatch(`HTTP/1.1 ${status} `)
    expect(client.received.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(inner.received).not.toContain('smuggled')
    expect(inner.received.match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1)
    expect(upstream.requests).toEqual([])
  })

  test('an upstream that changes to another protocol never sees them', async () => {
    const { client, inner } = await beginEarly()
    inner.send(switching.replace('websocket', 'h2c'))
    await client.waitForClose()
    expect(client.received).toMatch(/^HTTP\/1\.1 502 /)
    await inner.waitForClose()
    expect(inner.received).not.toContain('smuggled')
  })

  test('after the 101 they go through as they are, and are no request to the gateway', async () => {
    const { client, inner } = await beginEarly()
    expect(inner.received).not.toContain('smuggled')
    inner.send(switching)
    await client.waitFor('\r\n\r\n')
    const received = await inner.waitFor('smuggled')
    expect(received.endsWith(smuggled())).toBe(true)
    client.send(smuggled())
    await inner.waitFor('smuggled', received.length)
    expect(inner.received.slice(received.length)).toBe(smuggled())
    expect(upstream.requests).toEqual([])
    client.socket.destroy()
    await inner.waitForClose()
  })

  test('an upstream that sends content behind its 101 sends it to this client alone', async () => {
    const { client, inner } = await beginEarly()
    inner.send(`${switching}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray`)
    await client.waitFor('stray')
    expect((await world.browser().request(`${world.publicUrl}/public/next`)).status).toBe(200)
    client.socket.destroy()
    await inner.waitForClose()
  })
})

describe('what is no WebSocket handshake is an ordinary request, of which no upgrade is heard', () => {
  const [, , ...webSocketLines] = handshakeLines
  test.each([
    [
      'h2c',
      'GET',
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
    ],
    [
      'h2c and websocket',
      'GET',
      ['Connection: Upgrade', 'Upgrade: h2c, websocket', ...webSocketLines],
    ],
    ['TLS/1.0', 'GET', ['Connection: Upgrade', 'Upgrade: TLS/1.0']],
    ['websocket by POST', 'POST', [...handshakeLines, 'Content-Length: 0']],
    ['websocket by OPTIONS', 'OPTIONS', handshakeLines],
    ['websocket with a body', 'GET', [...handshakeLines, 'Content-Length: 5']],
    ['websocket with chunks', 'GET', [...handshakeLines, 'Transfer-Encoding: chunked']],
    ['websocket without Connection', 'GET', ['Upgrade: websocket', ...webSocketLines]],
    [
      'websocket with another option',
      'GET',
      ['Connection: keep-alive', 'Upgrade: websocket', ...webSocketLines],
    ],
    [
      'websocket with a version',
      'GET',
      ['Connection: Upgrade', 'Upgrade: websocket/13', ...webSocketLines],
    ],
    [
      'two Upgrade fields',
      'GET',
      ['Connection: Upgrade', 'Upgrade: websocket', 'Upgrade: h2c', ...webSocketLines],
    ],
  ])('%s', async (_, method, lines) => {
    const body = lines.includes('Content-Length: 5')
      ? 'hello'
      : lines.includes('Transfer-Encoding: chunked')
        ? '5\r\nhello\r\n0\r\n\r\n'
        : ''
    const head = toHead({ host: host(), method, target: '/public/a', lines })
    const client = connectRaw(world.port)
    client.send(head + body)
    const first = await client.waitFor('"bodySha256"')
    expect(statusesOf(first)).toEqual([200])
    client.send(toHead({ host: host(), target: '/admin/next', lines: ['Connection: close'] }))
    await client.waitForClose()
    expect(statusesOf(client.received)).toEqual([200, 401])
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/public/a'])
    const { rawHeaders, isUpgrade, bodySize } = upstream.requests[0]!
    expect(isUpgrade).toBe(false)
    expect(bodySize).toBe(body === '' ? 0 : 5)
    expect(fieldValues(rawHeaders, 'http2-settings')).toEqual([])
    expect(fieldValues(rawHeaders, 'connection').join()).not.toMatch(/upgrade/i)
  })

  test('h2c with a request right behind it: that one is never forwarded', async () => {
    const lines = ['Connection: Upgrade', 'Upgrade: h2c']
    const bytes = toHead({ host: host(), target: '/public/a', lines }) + smuggled()
    const { statuses } = await exchangeRaw(world.port, bytes, { until: hasAnswers(1) })
    expect(statuses).toEqual([200])
    expect((await world.browser().request(`${world.publicUrl}/public/next`)).status).toBe(200)
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/public/a', '/public/next'])
  })

  test('websocket in HTTP/1.0', async () => {
    const bytes = handshake('/public/a').replace('HTTP/1.1', 'HTTP/1.0') + smuggled()
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests.map(({ url, isUpgrade }) => [url, isUpgrade])).toEqual([
      ['/public/a', false],
    ])
  })
})

describe('a handshake passes the same rooms as any request', () => {
  const shake = (target: string, ...lines: string[]) =>
    exchangeRaw(world.port, handshake(target, ...lines) + smuggled(), { until: hasAnswers(1) })

  test.each([
    ['a foreign Origin', ['Origin: https://evil.example']],
    ['no Origin', []],
    ['the Origin null', ['Origin: null']],
    ['our host by https', ['Origin: https://localhost']],
    ['our Origin with a path', () => [`Origin: ${world.publicUrl}/`]],
    ['our Origin as a prefix', () => [`Origin: ${world.publicUrl}.evil.example`]],
    ['our Origin twice', () => [`Origin: ${world.publicUrl}`, 'Origin: https://evil.example']],
    ['an Origin that another route lists', ['Origin: https://listed.example']],
    [
      'a forged Origin beside the true one',
      () => ['X-Forwarded-Origin: x', 'Origin: https://evil.example'],
    ],
  ])('with a session and %s it is 403', async (_, origin) => {
    const lines = typeof origin === 'function' ? origin() : origin
    for (const target of ['/members/a', '/optional/a']) {
      const { statuses } = await shake(target, cookieOf(alice), ...lines)
      expect(statuses, target).toEqual([403])
    }
    expect(upstream.requests).toEqual([])
  })

  test.each([
    ['our own', '/members/a', () => world.publicUrl],
    ['a listed one', '/listed/a', () => 'https://listed.example'],
  ])('with a session and %s as Origin it is opened', async (_, target, origin) => {
    const head = handshake(target, cookieOf(alice), `Origin: ${origin()}`)
    const { statuses } = await exchangeRaw(world.port, head, { until: hasAnswers(1) })
    expect(statuses).toEqual([101])
    expect(fieldValues(upstream.requests[0]!.rawHeaders, 'x-forwarded-user')).toEqual(['alice'])
    expect(upstream.requests).toHaveLength(1)
  })

  test('signed out it is 401', async () => {
    const { statuses } = await shake('/members/a', `Origin: ${world.publicUrl}`)
    expect(statuses).toEqual([401])
    expect(upstream.requests).toEqual([])
  })

  test('without the right it is 403', async () => {
    const { statuses } = await shake('/admin/a', cookieOf(bob), `Origin: ${world.publicUrl}`)
    expect(statuses).toEqual([403])
    expect(upstream.requests).toEqual([])
  })

  test.each(['/public/../admin/a', '/admin%2fa', '//admin/a', '/public/..;/admin/a'])(
    'its target %s is 400',
    async (target) => {
      expect((await shake(target, cookieOf(bob))).statuses).toEqual([400])
      expect(upstream.requests).toEqual([])
    },
  )

  test('for an endpoint of ours nothing is upgraded', async () => {
    const { statuses } = await shake('/.postern/session', cookieOf(alice))
    expect(statuses).toEqual([200])
    expect(upstream.requests).toEqual([])
  })
})
