import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { respond } from '../../../src/http/respond.ts'
import type { ReceivedRequest } from '../../../src/request.ts'
import { closed, statusesOf, statusOf } from './startListener.ts'
import { plain, tls } from './transports.ts'

const handshake =
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n'
const keepAlive = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function readUntil(socket: Socket, ending: string): Promise<string> {
  let text = ''
  while (!text.includes(ending)) {
    const [chunk]: unknown[] = await once(socket, 'data')
    text += String(chunk)
  }
  return text
}

/** Hands every request out to the test, and answers nothing. */
function createHold() {
  const waiting = Promise.withResolvers<ReceivedRequest>()
  return {
    handle: async (received: ReceivedRequest) => waiting.resolve(received),
    held: waiting.promise,
  }
}

describe.each([plain, tls])(
  'over $name',
  ({ startListener, rawExchange, open, reset, scheme, defaultPort }) => {
    describe('what is read', () => {
      test('the request is handed on as it came', async () => {
        await using world = await startListener()
        await rawExchange(
          world.port,
          `GET /a%2Fb?x=/../y HTTP/1.1\r\nhOST: A.example:${defaultPort}\r\nCookie: a=1\r\ncookie: b=2\r\nConnection: close\r\n\r\n`,
        )
        const [received] = world.handled
        expect(received).toMatchObject({
          method: 'GET',
          target: '/a%2Fb?x=/../y',
          cookies: 'a=1; b=2',
          isUpgrade: false,
          fields: [
            'hOST',
            `A.example:${defaultPort}`,
            'Cookie',
            'a=1',
            'cookie',
            'b=2',
            'Connection',
            'close',
          ],
          client: {
            address: '127.0.0.1',
            scheme,
            authority: 'a.example',
            forwardedFor: '127.0.0.1',
          },
        })
        expect(received!.upgradeHead).toHaveLength(0)
      })

      test('a connection that changes its Host is judged by the new one', async () => {
        await using world = await startListener()
        const hosts = ['a.example', 'a.example', 'B.example']
        const bytes = hosts.map(
          (host, at) =>
            `GET /${at} HTTP/1.1\r\nHost: ${host}\r\n${at === 2 ? 'Connection: close\r\n' : ''}\r\n`,
        )
        await rawExchange(world.port, bytes.join(''))
        expect(world.handled.map(({ client }) => client.authority)).toEqual([
          'a.example',
          'a.example',
          'b.example',
        ])
      })
    })

    describe('WebSocket handshakes', () => {
      test('a refusal is an ordinary answer, and the socket is closed behind it', async () => {
        await using world = await startListener({
          handle: async (received) => respond(received, { status: 403, body: 'no' }),
        })
        const answer = await rawExchange(world.port, `${handshake}early bytes`)
        expect(statusesOf(answer)).toEqual([403])
        expect(answer).toMatch(/\r\nConnection: close\r\n/i)
        await world.whenFinished(1)
        expect(world.finished.map(({ status }) => status)).toEqual([403])
      })

      test('bytes behind the handshake wait, and the socket can be taken over', async () => {
        await using world = await startListener({
          handle: async ({ response, incoming, upgradeHead }) => {
            const { socket } = incoming
            response
              .writeHead(101, ['Connection', 'Upgrade', 'Upgrade', 'websocket'])
              .flushHeaders()
            socket.write(upgradeHead)
            socket.on('data', (chunk: Buffer) => socket.end(chunk))
          },
        })
        const socket = await open(world.port, `${handshake}early`)
        expect(await readUntil(socket, 'early')).toMatch(/^HTTP\/1\.1 101 /)
        expect(world.handled[0]!.isUpgrade).toBe(true)
        expect(world.finished).toHaveLength(0)
        socket.write('later')
        expect(await readUntil(socket, 'later')).toBe('later')
        socket.end()
        await world.whenFinished(1)
        expect(world.finished.map(({ status }) => status)).toEqual([101])
      })

      test('a long refusal on a slow socket is told when there is room again', async () => {
        const page = 'x'.repeat(4_000_000)
        await using world = await startListener({
          handle: async ({ response }) => {
            response.writeHead(403, ['Content-Length', String(page.length)])
            if (!response.write(page.slice(0, 3_999_999))) await once(response, 'drain')
            response.end('x')
          },
        })
        const answer = await rawExchange(world.port, handshake)
        expect(statusOf(answer)).toBe(403)
        expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toHaveLength(page.length)
      })

      test('a client that resets its socket disturbs nobody', async () => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, handshake)
        const { incoming } = await held
        reset(socket)
        incoming.socket.resume()
        await world.whenFinished(1)
        expect(world.finished.map(({ status }) => status)).toEqual([0])
      })

      test('behind a request that is not answered yet is not taken: its answer is the last one', async () => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, keepAlive + handshake)
        const received = await held
        await expect.poll(() => world.logged.length).toBe(1)
        respond(received, { status: 200, body: 'mine' })
        const answers = await readUntil(socket, 'mine')
        await closed(socket)
        expect(statusesOf(answers)).toEqual([200])
        expect(world.handled).toHaveLength(1)
      })

      test.each([
        ['a body', 'Content-Length: 3\r\n', 'GET'],
        ['a method other than GET', '', 'POST'],
      ])('with %s it is an ordinary request', async (_case, fields, method) => {
        await using world = await startListener()
        const bytes = handshake.replace('GET', method).replace('\r\n\r\n', `\r\n${fields}\r\nabc`)
        const socket = await open(world.port, bytes)
        await readUntil(socket, 'read')
        expect(world.handled[0]!.isUpgrade).toBe(false)
        socket.destroy()
      })
    })

    describe('every request is reported once', () => {
      test('when its answer has left', async () => {
        await using world = await startListener()
        const socket = await open(world.port, keepAlive + keepAlive)
        await world.whenFinished(2)
        socket.destroy()
        await closed(socket)
        await rawExchange(world.port, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n')
        await world.whenFinished(3)
        expect(world.finished.map(({ status }) => status)).toEqual([200, 200, 400])
        expect(world.finished.every(({ durationMs }) => durationMs >= 0 && durationMs < 5000)).toBe(
          true,
        )
      })

      test('when the client leaves before the answer, also for those that wait in the pipeline', async () => {
        const arrived = Promise.withResolvers<void>()
        let count = 0
        await using world = await startListener({
          handle: async () => {
            count += 1
            if (count === 2) arrived.resolve()
          },
        })
        const socket = await open(world.port, keepAlive + keepAlive)
        await arrived.promise
        reset(socket)
        await world.whenFinished(2)
        expect(world.finished.map(({ status }) => status)).toEqual([0, 0])
      })
    })

    test('one connection asks for 100 things at a time, not for thousands', async () => {
      const held: ReceivedRequest[] = []
      await using world = await startListener({
        handle: async (received) => void held.push(received),
      })
      const socket = await open(world.port, keepAlive.repeat(1000))
      await expect.poll(() => world.handled.length).toBe(100)
      let answers = ''
      socket.on('data', (text: string) => (answers += text))
      for (const received of held) respond(received, { status: 200, body: 'ok' })
      await closed(socket)
      expect(statusesOf(answers)).toHaveLength(100)
      expect(answers.match(/\r\nConnection: close\r\n/g)).toHaveLength(1)
      expect(world.handled).toHaveLength(100)
    })

    describe('bytes that are no request', () => {
      test('are logged by their code alone, and cost nobody else anything', async () => {
        await using world = await startListener()
        const answer = await rawExchange(world.port, 'secret nonsense\r\n\r\n')
        const id = /urn:postern:request:([0-9a-f]{16})"/.exec(answer)?.[1]
        expect(answer).toContain(`\r\nX-Request-Id: ${id}\r\n`)
        expect(world.logged).toEqual([
          { id, client: '127.0.0.1', refusal: 'method_not_supported', cause: 'HPE_INVALID_METHOD' },
        ])
        expect(
          statusOf(
            await rawExchange(
              world.port,
              keepAlive.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
            ),
          ),
        ).toBe(200)
      })

      test('are not answered while an answer is on its way', async () => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, keepAlive)
        const received = await held
        socket.write('nonsense\r\n\r\n')
        await expect.poll(() => world.logged.length).toBe(1)
        respond(received, { status: 200, body: 'mine' })
        const answers = await readUntil(socket, 'mine')
        await closed(socket)
        expect(statusesOf(answers)).toEqual([200])
      })

      test.each([
        ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
        ['a second head that is refused', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
      ])('%s never takes the place of an answer that is on its way', async (_case, second) => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, keepAlive + second)
        const received = await held
        respond(received, { status: 200, body: 'mine' })
        const answers = await readUntil(socket, 'mine')
        await closed(socket)
        expect(statusesOf(answers)[0]).toBe(200)
      })

      test('nothing behind a head that was refused is handled', async () => {
        await using world = await startListener()
        const chunked = keepAlive.replace(
          ' HTTP/1.1',
          ' HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked',
        )
        const answers = await rawExchange(world.port, `${chunked}0\r\n\r\n${keepAlive}${handshake}`)
        expect(statusesOf(answers)).toEqual([400])
        expect(world.handled).toEqual([])
      })

      test('in a body that is being answered already, cut the connection', async () => {
        await using world = await startListener({
          handle: async ({ response }) => {
            response.writeHead(200, ['Content-Length', '100'])
            response.write('half')
          },
        })
        const socket = await open(
          world.port,
          'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
        )
        const answer = await readUntil(socket, 'half')
        socket.write('zz\r\n')
        await closed(socket)
        expect(statusesOf(answer)).toEqual([200])
      })

      test('whoever reads the body learns that it will never be whole', async () => {
        const failure = Promise.withResolvers<string>()
        await using world = await startListener({
          handle: async ({ incoming }) => {
            incoming.on('error', (error) => failure.resolve(error.name)).resume()
          },
        })
        await rawExchange(
          world.port,
          'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n',
        )
        expect(await failure.promise).toBe('GatewayError')
      })
    })

    describe('draining', () => {
      test('a request in flight gets its answer, which closes the connection', async () => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, keepAlive)
        const received = await held
        const drained = world.listener.drain(5000)
        respond(received, { status: 200, body: 'last' })
        const answer = await readUntil(socket, 'last')
        expect(answer).toMatch(/\r\nConnection: close\r\n/i)
        await drained
        await closed(socket)
        await expect(open(world.port, '')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      })

      test('an answer that promised to keep the connection is the last one all the same', async () => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, keepAlive)
        const { response } = await held
        response.writeHead(200, ['Content-Length', '4'])
        response.write('ha')
        const drained = world.listener.drain(5000)
        response.end('lf')
        expect(await readUntil(socket, 'half')).toMatch(/\r\nConnection: keep-alive\r\n/i)
        await drained
        await closed(socket)
      })

      test('idle connections and WebSockets are ended at once', async () => {
        await using world = await startListener({
          handle: async (received) => {
            if (received.isUpgrade) received.response.writeHead(101).flushHeaders()
            else respond(received, { status: 200, body: 'done' })
          },
        })
        const idle = await open(world.port, keepAlive)
        await readUntil(idle, 'done')
        const fresh = await open(world.port, '')
        const webSocket = await open(world.port, handshake)
        await expect.poll(() => world.handled.length).toBe(2)
        webSocket.resume()
        await world.listener.drain(60_000)
        await Promise.all([idle, fresh, webSocket].map((socket) => closed(socket.resume())))
        expect(world.finished.map(({ status }) => status)).toEqual([200, 101])
      })

      test('what is not done in time is cut and reported', async () => {
        const { handle, held } = createHold()
        await using world = await startListener({ handle })
        const socket = await open(world.port, keepAlive)
        await held
        await world.listener.drain(50)
        await world.whenFinished(1)
        await closed(socket.resume())
        expect(world.finished.map(({ status }) => status)).toEqual([0])
      })
    })

    test('a port that is taken is said at once', async () => {
      await using world = await startListener()
      const second = startListener({ listen: { address: `127.0.0.1:${world.port}` } })
      await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
    })
  },
)

test('bytes that are TLS on a plain port are closed without an answer, and the log says what they are', async () => {
  await using world = await plain.startListener()
  const client = connectTls({ port: world.port, host: '127.0.0.1' })
  const [error] = await once(client, 'error').catch((fault: unknown) => [fault])
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  expect(client.bytesRead).toBe(0)
  expect(world.logged).toEqual([
    {
      client: '127.0.0.1',
      refusal: 'request_malformed',
      cause: 'this looks like TLS on a plain HTTP port',
    },
  ])
})
