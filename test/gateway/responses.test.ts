// What the configuration changes about an application's answers, seen by a browser.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpAnswer } from '../support/httpClient.ts'
import { answering, connectRaw, startRawUpstream } from '../support/rawUpstream.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'

const handshakeLines = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

const answered = [
  ['Server', 'LegacyServer/1.0'],
  ['X-Powered-By', 'PHP/5.3'],
  ['x-powered-by', 'again'],
  ['Location', 'http://app.internal:3000/shop/cart?a=b#c'],
  ['Content-Location', 'http://app.internal:3000/shop/cart'],
  ['Refresh', '5; url="http://app.internal:3000/shop/"'],
  ['Link', '<http://app.internal:3000/shop/>; rel=next'],
  [
    'Set-Cookie',
    'PHPSESSID=abc%20"d; path=/shop; domain=app.internal; Expires=Thu, 01 Jan 2032 00:00:00 GMT',
  ],
  ['Set-Cookie', 'postern=stolen; Path=/shop; Domain=app.internal'],
  ['Set-Cookie', '=postern=stolen; Path=/shop'],
  ['Strict-Transport-Security', 'max-age=0'],
  ['Cache-Control', 'public, max-age=60'],
] as const

let upstream: Upstream
let world: World

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    const path = request.url ?? ''
    const location = new URL(path, 'http://x').searchParams.get('to')
    if (path.includes('early'))
      response.writeEarlyHints({ link: '</a.css>; rel=preload', server: 'x' })
    if (path.includes('trailing')) {
      response.writeHead(200, { Trailer: 'X-Powered-By, X-Sum, Content-Location' })
      response.write('ok')
      response.addTrailers([
        ['X-Powered-By', 'PHP/5.3'],
        ['X-Sum', '5'],
        ['Content-Location', 'http://app.internal:3000/shop/cart'],
      ])
      response.end()
      return
    }
    response.writeHead(
      302,
      location === null ? answered.flat() : ['Location', location, 'Server', 'x'],
    )
    response.end()
  })
  const responses = {
    locations: [{ from: 'http://app.internal:3000/shop', to: 'https://public.example/' }],
    cookies: {
      domains: [{ from: 'app.internal' }],
      paths: [{ from: '/shop', to: '/' }],
      secure: true,
      sameSite: 'lax' as const,
    },
    headers: {
      set: {
        'Strict-Transport-Security': 'max-age=31536000',
        'Cache-Control': 'public, max-age=5',
      },
      remove: ['server', 'X-Powered-By'],
    },
  }
  world = await startWorld({
    upstream,
    sessions: { store: 'memory' },
    config: { upstreams: { app: { url: upstream.url, responses }, plain: { url: upstream.url } } },
    routes: [
      { match: { path: '/**' }, access: 'optional', upstream: 'app' },
      { match: { path: '/members/**' }, upstream: 'app' },
      { match: { path: '/plain/**' }, access: 'public', upstream: 'plain' },
      {
        match: { path: '/own/**' },
        access: 'public',
        upstream: 'app',
        responses: { locations: [{ from: 'http://app.internal:3000' }] },
      },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.close()
})

const get = (path: string): Promise<HttpAnswer> => world.browser().request(world.publicUrl + path)

function valuesOf({ rawHeaders }: HttpAnswer, name: string): string[] {
  return rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name.toLowerCase(),
  )
}

test('where nothing is configured, answers pass as they are', async () => {
  const answer = await get('/plain/x')
  const withoutOurs = answered.filter(([, value]) => !/^=?postern/.test(value)).flat()
  expect(answer.rawHeaders.slice(0, withoutOurs.length)).toEqual(withoutOurs)
})

test("URLs of the application's own become public ones, in Location, Content-Location and Refresh alone", async () => {
  const answer = await get('/x')
  expect(valuesOf(answer, 'Location')).toEqual(['https://public.example/cart?a=b#c'])
  expect(valuesOf(answer, 'Content-Location')).toEqual(['https://public.example/cart'])
  expect(valuesOf(answer, 'Refresh')).toEqual(['5; url="https://public.example/"'])
  expect(valuesOf(answer, 'Link')).toEqual(['<http://app.internal:3000/shop/>; rel=next'])
})

test.each([
  'http://app.internal:3000.evil.example/shop',
  'http://app.internal:3000@evil.example/shop',
  'http://app.internal:30000/shop',
  'http://app.internal:3000/shop/../admin',
  '/shop/cart',
])('a redirect to %s stays one', async (to) => {
  expect(valuesOf(await get(`/x?to=${encodeURIComponent(to)}`), 'Location')).toEqual([to])
})

test('cookies keep their names and values, and get the attributes that are configured', async () => {
  expect(valuesOf(await get('/x'), 'Set-Cookie')).toEqual([
    'PHPSESSID=abc%20"d; path=/; Expires=Thu, 01 Jan 2032 00:00:00 GMT; Secure; SameSite=Lax',
  ])
})

test('headers are removed in every case, and set once', async () => {
  const answer = await get('/x')
  expect(valuesOf(answer, 'Server')).toEqual([])
  expect(valuesOf(answer, 'X-Powered-By')).toEqual([])
  expect(valuesOf(answer, 'Strict-Transport-Security')).toEqual(['max-age=31536000'])
  expect(valuesOf(answer, 'Cache-Control')).toEqual(['public, max-age=5'])
})

test("a route's own settings take the place of its upstream's; the public URL is where locations lead by default", async () => {
  const answer = await get('/own/x')
  expect(valuesOf(answer, 'Location')).toEqual([`${world.publicUrl}/shop/cart?a=b#c`])
  expect(valuesOf(answer, 'Server')).toEqual(['LegacyServer/1.0'])
  expect(valuesOf(answer, 'Set-Cookie')[0]).toContain('domain=app.internal')
})

test('a hint before the answer says no more than the answer', async () => {
  const client = connectRaw(world.port)
  client.send(`GET /early HTTP/1.1\r\nHost: localhost:${world.port}\r\nConnection: close\r\n\r\n`)
  await client.waitForClose()
  expect(client.received).not.toMatch(/^server:/im)
  expect(client.received.match(/^strict-transport-security:/gim)).toHaveLength(1)
})

test('trailers say no more than fields do', async () => {
  const client = connectRaw(world.port)
  client.send(
    `GET /trailing HTTP/1.1\r\nHost: localhost:${world.port}\r\nConnection: close\r\n\r\n`,
  )
  await client.waitForClose()
  expect(client.received).toContain('\r\n0\r\nX-Sum: 5\r\n')
  expect(client.received).toContain('\r\nContent-Location: https://public.example/cart\r\n')
  expect(client.received).not.toMatch(/^x-powered-by:/im)
})

test('the answer to a WebSocket handshake is changed alike', async () => {
  await using app = await startRawUpstream(
    answering(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nServer: x\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: a=b; Path=/shop\r\n\r\n',
    ),
  )
  await using other = await startWorld({
    config: {
      upstreams: {
        app: {
          url: app.url,
          responses: {
            cookies: { paths: [{ from: '/shop', to: '/' }] },
            headers: { remove: ['Server'] },
          },
        },
      },
    },
    routes: [{ match: { path: '/**' }, access: 'public', upstream: 'app' }],
  })
  const client = connectRaw(other.port)
  const host = `Host: localhost:${other.port}`
  client.send(['GET / HTTP/1.1', host, ...handshakeLines, '', ''].join('\r\n'))
  await client.waitFor('\r\n\r\n')
  expect(client.received).toMatch(/^HTTP\/1\.1 101 /)
  expect(client.received).toContain('\r\nSet-Cookie: a=b; Path=/\r\n')
  expect(client.received).not.toMatch(/^server:/im)
  client.socket.destroy()
})
