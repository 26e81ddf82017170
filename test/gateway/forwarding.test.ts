import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { connectRaw } from '../support/rawUpstream.ts'
import { fieldValues, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, usualRoutes, type World } from '../support/world.ts'
import { startApplication } from './application.ts'
import { asNavigation, asScript, fieldsSeenBy, jsonOf, problemOf, until } from './steps.ts'

let own: Upstream
let echo: Upstream
let world: World
let alice: HttpClient
beforeAll(async () => {
  const port = await freePort()
  own = await startApplication()
  echo = await startUpstream()
  world = await startWorld({
    port,
    upstream: echo,
    sessions: { store: 'memory' },
    routes: [
      { match: { path: '/own/**' }, access: 'optional', upstream: 'own' },
      { match: { path: '/hasty/**' }, access: 'public', upstream: 'hasty' },
      { match: { path: '/hang' }, access: 'public', upstream: 'hasty' },
      { match: { path: '/events' }, access: 'public', upstream: 'app' },
      { match: { path: '/cut' }, access: 'public', upstream: 'app' },
      { match: { path: '/close' }, access: 'public', upstream: 'app' },
      { match: { path: '/gone/**' }, access: 'public', upstream: 'gone' },
      { match: { path: '/loop/**' }, access: 'public', upstream: 'self' },
      ...usualRoutes,
    ],
    config: {
      upstreams: {
        own: { url: own.url },
        hasty: { url: echo.url, responseTimeout: '200ms' },
        gone: { url: 'http://127.0.0.1:1' },
        // Because an address that is plainly our own is a problem of the configuration.
        self: { url: `http://[::ffff:127.0.0.1]:${port}` },
      },
    },
  })
  alice = (await world.signIn()).client
})
afterAll(async () => {
  await world.stop()
  await Promise.all([own.close(), echo.close()])
})

const head = (method: string, path: string, fields: readonly string[] = []) =>
  [`${method} ${path} HTTP/1.1`, `Host: localhost:${world.port}`, ...fields, '', ''].join('\r\n')

describe('every method', () => {
  test.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])(
    '%s is carried with its body, and so is the answer',
    async (method) => {
      const body = `${method} – äöü\0`.repeat(1000)
      const answer = await alice.request(`${world.publicUrl}/a?b=c`, { method, body })
      expect(answer.status).toBe(200)
      expect(jsonOf(answer)).toMatchObject({
        method,
        url: '/a?b=c',
        bodySize: Buffer.byteLength(body),
        bodySha256: createHash('sha256').update(body).digest('hex'),
      })
    },
  )

  test('HEAD has the fields of a GET and no body', async () => {
    const answer = await alice.request(`${world.publicUrl}/own/hop`, { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.body).toHaveLength(0)
    expect(answer.headers['content-encoding']).toBe('gzip')
  })

  test.each([
    [204, '/own/204'],
    [304, '/own/304'],
  ])('%d comes without a body, and the connection goes on', async (status, path) => {
    const client = connectRaw(world.port)
    client.send(head('GET', path) + head('GET', '/public/x', ['Connection: close']))
    await client.waitForClose()
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(client.received.split('HTTP/1.1 ')).toHaveLength(3)
    expect(client.received).toContain('"url":"/public/x"')
  })

  test('nothing is decompressed or recoded', async () => {
    const answer = await alice.request(`${world.publicUrl}/own/hop`)
    expect([...answer.body]).toEqual([0x1f, 0x8b, 0x08, 0xff])
  })
})

describe('streams', () => {
  test('an event stream is not held back, and its end at the client ends it at the application', async () => {
    const client = connectRaw(world.port)
    client.send(head('GET', '/events'))
    await client.waitFor('data: event 1\n')
    await client.waitFor('data: event 3\n')
    const request = echo.requests.findLast(({ url }) => url === '/events')!
    expect(request.wasAborted).toBe(false)
    client.socket.destroy()
    await until(() => request.wasAborted)
  })

  test('the first half of a request is with the application before the second half is written', async () => {
    const client = connectRaw(world.port)
    client.send(head('POST', '/public/slow-upload', ['Content-Length: 8', 'Connection: close']))
    client.send('half')
    await until(() => echo.requests.some(({ url }) => url === '/public/slow-upload'))
    client.send('half')
    await client.waitForClose()
    expect(client.received).toContain('"bodySize":8')
  })

  test('who leaves before the answer ends the request at the application', async () => {
    const client = connectRaw(world.port)
    client.send(head('GET', '/hang'))
    await until(() => echo.requests.at(-1)?.url === '/hang')
    const request = echo.requests.at(-1)!
    client.socket.destroy()
    await until(() => request.wasAborted)
  })

  test('who leaves in the middle of an upload ends it at the application', async () => {
    const client = connectRaw(world.port)
    client.send(head('POST', '/public/left', ['Content-Length: 1000']))
    client.send('a few bytes')
    await until(() => echo.requests.at(-1)?.url === '/public/left')
    const request = echo.requests.at(-1)!
    client.socket.destroy()
    await until(() => request.wasAborted)
  })

  test('an answer that is cut off is cut off for the client, never ended as if whole', async () => {
    const client = connectRaw(world.port)
    client.send(head('GET', '/cut'))
    await client.waitForClose()
    expect(client.received).toContain('the first half')
    expect(client.received).toContain('Content-Length: 100')
  })

  test('trailers reach the client', async () => {
    const answer = await alice.request(`${world.publicUrl}/own/trailers`)
    expect(answer.text).toBe('counted')
    expect(answer.headers.trailer).toBe('X-Checksum')
    expect(answer.rawTrailers).toEqual(['X-Checksum', 'abc'])
  })

  test('a client names nobody in a trailer', async () => {
    const client = connectRaw(world.port)
    const fields = ['Transfer-Encoding: chunked', 'Trailer: X-Forwarded-User', 'Connection: close']
    client.send(head('POST', '/public/trailers', fields))
    client.send('2\r\nok\r\n0\r\nX-Forwarded-User: mallory\r\n\r\n')
    await client.waitForClose()
    const request = echo.requests.findLast(({ url }) => url === '/public/trailers')!
    expect(request.bodySize).toBe(2)
    expect(request.rawTrailers.join()).not.toContain('mallory')
  })

  test('early hints reach the client before the answer', async () => {
    const client = connectRaw(world.port)
    client.send(head('GET', '/own/hints', ['Connection: close']))
    await client.waitForClose()
    expect(client.received).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n[^]*Link: <\/app\.css>/i)
    expect(client.received.indexOf('HTTP/1.1 200 OK')).toBeGreaterThan(0)
  })
})

describe('Expect: 100-continue', () => {
  const expecting = ['Expect: 100-continue', 'Content-Length: 5', 'Connection: close']

  test('an upload that is refused is not asked for', async () => {
    const before = echo.requests.length
    const client = connectRaw(world.port)
    client.send(head('PUT', '/file', [...expecting, 'Accept: application/json']))
    await client.waitForClose()
    expect(client.received).toMatch(/^HTTP\/1\.1 401 /)
    expect(echo.requests).toHaveLength(before)
  })

  test('an upload that is let through is asked for, once, and arrives', async () => {
    const client = connectRaw(world.port)
    const cookie = `Cookie: ${alice.cookies.fieldFor(world.publicUrl)}`
    client.send(head('PUT', '/file', [...expecting, cookie]))
    await client.waitFor('HTTP/1.1 100 Continue\r\n\r\n')
    client.send('hello')
    await client.waitForClose()
    expect(client.received.match(/100 Continue/g)).toHaveLength(1)
    expect(client.received).toContain('"bodySize":5')
  })

  test('any other expectation is refused', async () => {
    const answer = await alice.request(`${world.publicUrl}/x`, { fields: ['Expect', 'miracles'] })
    expect(answer.status).toBe(417)
  })
})

describe('WebSockets', () => {
  const connect = (path: string, headers: Record<string, string>) =>
    new WebSocket(`ws://127.0.0.1:${world.port}${path}`, { headers })
  const signedIn = () => ({
    Cookie: alice.cookies.fieldFor(world.publicUrl)!,
    Origin: world.publicUrl,
  })
  const refusalOf = (socket: WebSocket) =>
    new Promise<number | undefined>((resolve) => {
      socket.on('error', () => {})
      socket.once('unexpected-response', (_request, { statusCode }) => {
        resolve(statusCode)
        socket.terminate()
      })
    })
  const nextMessage = (socket: WebSocket) =>
    new Promise<Buffer>((resolve) => socket.once('message', (data: Buffer) => resolve(data)))

  test('text and binary go both ways, and the application is told who it is', async () => {
    const socket = connect('/chat', signedIn())
    await once(socket, 'open')
    expect(fieldsSeenBy(echo.requests.at(-1)!)['x-forwarded-user']).toBe('alice')
    expect(fieldsSeenBy(echo.requests.at(-1)!)['cookie'] ?? '').not.toContain('postern')
    for (const message of [Buffer.from('hello'), Buffer.alloc(200_000, 7)]) {
      const answer = nextMessage(socket)
      socket.send(message)
      expect(message.equals(await answer)).toBe(true)
    }
    socket.close()
    await once(socket, 'close')
  })

  test('a handshake without a session is refused, and so is one from another site', async () => {
    const before = echo.requests.length
    expect(await refusalOf(connect('/chat', { Origin: world.publicUrl }))).toBe(401)
    const cookie = signedIn().Cookie
    expect(
      await refusalOf(connect('/chat', { Cookie: cookie, Origin: 'https://evil.example' })),
    ).toBe(403)
    expect(await refusalOf(connect('/chat', { Cookie: cookie }))).toBe(403)
    expect(echo.requests).toHaveLength(before)
  })

  test('ends at the application when the client goes', async () => {
    const socket = connect('/chat', signedIn())
    await once(socket, 'open')
    const upstream = echo.requests.at(-1)!.socket
    socket.terminate()
    await until(() => upstream.destroyed)
  })

  test('bytes behind a handshake wait for it, and are no second request', async () => {
    const client = connectRaw(world.port)
    const fields = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]
    const before = echo.requests.length
    client.send(head('GET', '/public/chat', fields))
    // A masked text frame, "hi", in the same breath.
    client.send('\x81\x82\x00\x00\x00\x00hi')
    expect(await client.waitFor('\x81\x02hi')).toMatch(/^HTTP\/1\.1 101 /)
    expect(echo.requests).toHaveLength(before + 1)
    client.socket.destroy()
  })
})

describe('connections', () => {
  test('are reused on both sides: fifty requests over one, and no more at the application', async () => {
    const quiet = await startUpstream()
    await using narrow = await startWorld({ upstream: quiet })
    const client = connectRaw(narrow.port)
    for (let at = 1; at <= 50; at += 1) {
      client.send(`GET /public/${at} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await client.waitFor(`"url":"/public/${at}"`)
    }
    expect(new Set(quiet.requests.map(({ socket }) => socket)).size).toBe(1)
    client.socket.destroy()
    await quiet.close()
  })

  test('an application that closes a connection while it is idle costs nobody a request', async () => {
    for (let at = 0; at < 5; at += 1) {
      for (const socket of echo.sockets) socket.destroy()
      expect((await alice.request(`${world.publicUrl}/x`)).status).toBe(200)
    }
  })
})

describe('an application that fails', () => {
  test.each<[string, string, number, string]>([
    ['takes too long', '/hang', 504, 'upstream_timeout'],
    ['is not there', '/gone/x', 502, 'upstream_unreachable'],
    ['hangs up', '/close', 502, 'upstream_unreachable'],
  ])(
    'one that %s is told as a page to people and as problem+json to scripts',
    async (_name, path, status, code) => {
      const url = world.publicUrl + path
      const page = await world.browser().request(url, { fields: asNavigation })
      expect(page.status).toBe(status)
      expect(page.headers['content-type']).toMatch(/^text\/html/)
      expect(page.text).toContain(code)
      expect(page.text).not.toMatch(/ECONN|127\.0\.0\.1|UND_ERR/)
      const answer = await world.browser().request(url, { fields: asScript })
      expect(answer.status).toBe(status)
      expect(problemOf(answer).code).toBe(code)
    },
  )

  test('a request with a body is not sent twice', async () => {
    const before = echo.requests.length
    const answer = await world
      .browser()
      .request(`${world.publicUrl}/close`, { method: 'POST', body: 'pay' })
    expect(answer.status).toBe(502)
    expect(echo.requests).toHaveLength(before + 1)
  })
})

describe('fields of an answer', () => {
  test('cookies of our names are never set by the application; its own are', async () => {
    const answer = await alice.request(`${world.publicUrl}/own/cookies`)
    expect(answer.setCookies).toEqual(['theme=dark; Path=/', 'posterns=kept'])
    expect((await alice.request(`${world.publicUrl}/x`)).status).toBe(200)
  })

  test('an answer to somebody signed in is private unless the application says otherwise', async () => {
    const path = (at: string) => `${world.publicUrl}/own/${at}`
    expect((await alice.request(path('204'))).headers['cache-control']).toBe('private')
    expect((await alice.request(path('cacheable'))).headers['cache-control']).toBe(
      'public, max-age=600',
    )
    const stranger = world.browser()
    expect((await stranger.request(path('204'))).headers['cache-control']).toBeUndefined()
  })

  test("a client's X-Request-Id is for the application; what that answers carries none of ours", async () => {
    const fields = ['X-Request-Id', 'chosen by the client']
    const answer = await alice.request(`${world.publicUrl}/x`, { fields })
    expect(fieldsSeenBy(echo.requests.at(-1)!)['x-request-id']).toBe('chosen by the client')
    expect(answer.headers['x-request-id']).toBeUndefined()
    const refused = await alice.request(`${world.publicUrl}/gone/x`, { fields })
    expect(refused.headers['x-request-id']).toMatch(/^[0-9a-f]{16}$/)
  })

  test('Via is added both ways, and what is for one connection only stays there', async () => {
    const answer = await alice.request(`${world.publicUrl}/own/hop`, {
      fields: ['Via', '1.1 outer', 'Connection', 'X-Mine', 'X-Mine', '1', 'TE', 'trailers'],
    })
    const [inner, ours] = fieldValues(answer.rawHeaders, 'via').join(', ').split(', ')
    expect(inner).toBe('1.0 inner')
    expect(ours).toMatch(/^1\.1 postern-[0-9a-f]{12}$/)
    expect(answer.headers).not.toHaveProperty('x-hop')
    const seen = own.requests.at(-1)!
    expect(fieldValues(seen.rawHeaders, 'via').join(', ')).toBe(`1.1 outer, ${ours}`)
    expect(seen.headers).not.toHaveProperty('x-mine')
    expect(seen.headers).not.toHaveProperty('te')
  })

  test('a gateway whose upstream is itself says so after one round', async () => {
    const answer = await world.browser().request(`${world.publicUrl}/loop/x`, { fields: asScript })
    expect(answer.status).toBe(508)
    expect(problemOf(answer).code).toBe('loop_detected')
  })
})
