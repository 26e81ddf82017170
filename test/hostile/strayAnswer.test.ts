import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import {
  connectRaw,
  startRawUpstream,
  type RawConnection,
  type RawUpstream,
} from '../support/rawUpstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { toHead } from './rawRequests.ts'

const rounds = 12
const secret = 'what-alice-alone-may-read'
const stray = answerWith(secret)

let upstream: RawUpstream
let world: World
let alice: Person
let bob: Person

// Because the session is looked up with it, it is where a test can come in while a request is being judged.
let whileJudging = (): void => {}
const clock = {
  now: () => {
    whileJudging()
    return Date.now() / 1000
  },
}

beforeAll(async () => {
  upstream = await startRawUpstream(answerEach)
  world = await startWorld({
    clock,
    sessions: { store: 'memory' },
    // Because with one connection everybody comes after everybody else.
    config: { upstreams: { app: { url: upstream.url, connections: 1 } } },
    routes: [{ match: { path: '/**' }, upstream: 'app' }],
  })
  alice = toPerson((await world.signIn('alice', '/plain')).client)
  bob = toPerson((await world.signIn('bob', '/plain')).client)
})
afterAll(async () => {
  alice.connection.socket.destroy()
  bob.connection.socket.destroy()
  await world.stop()
  await upstream[Symbol.asyncDispose]()
})

/** Says to each request whose it was; misbehaves by path. */
function answerEach(connection: RawConnection): void {
  let from = 0
  connection.socket.on('data', () => {
    for (let end; (end = connection.received.indexOf('\r\n\r\n', from)) !== -1; from = end + 4) {
      answer(connection, connection.received.slice(from, end))
    }
  })
}

function answer(connection: RawConnection, head: string): void {
  const [, method, path] = /^(\S+) (\S+)/.exec(head) ?? []
  const honest = answerWith(`${path} for ${/^x-forwarded-user: (.*)$/im.exec(head)?.[1]}`)
  if (path === '/doubled') connection.send(honest + stray)
  else if (path === '/longer') connection.send(honest + secret)
  else if (path === '/no-content') connection.send(`HTTP/1.1 204 No Content\r\n\r\n${secret}`)
  else if (path === '/not-modified') connection.send(`HTTP/1.1 304 Not Modified\r\n\r\n${secret}`)
  else connection.send(method === 'HEAD' ? stray : honest)
  if (path === '/closing') connection.socket.end()
}

function answerWith(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

interface Person {
  readonly connection: RawConnection
  /** Writes the request; resolves with the body of the answer, or with all of it where that was refused. */
  ask(path: string, method?: string): Promise<string>
}

function toPerson(client: HttpClient): Person {
  const connection = connectRaw(world.port)
  let from = 0
  const lines = [`Cookie: ${client.cookies.fieldFor(world.publicUrl)}`]
  return {
    connection,
    async ask(target, method = 'GET') {
      const start = from
      connection.send(toHead({ host: `localhost:${world.port}`, method, target, lines }))
      const headEnd = (await connection.waitFor('\r\n\r\n', start)).indexOf('\r\n\r\n', start) + 4
      const head = connection.received.slice(start, headEnd)
      const length = method === 'HEAD' ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      from = headEnd + length
      while (connection.received.length < from) await once(connection.socket, 'data')
      return head.startsWith('HTTP/1.1 200') ? connection.received.slice(headEnd, from) : head
    },
  }
}

/** Nothing is read anywhere in this process while it lasts; what was sent waits in the sockets. */
function keepBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** The gateway is busy with one request, and meanwhile the bytes come on a connection that it will use. */
function sendWhileJudging(connection: RawConnection, bytes: string): void {
  whileJudging = () => {
    whileJudging = () => {}
    connection.send(bytes)
    keepBusy(5)
  }
}

/** The connection that the latest request went over. */
const currentConnection = () => upstream.connections.findLast(({ isClosed }) => !isClosed)!

describe('an answer that nobody asked for, on a connection kept alive', () => {
  test.each([
    ['a whole one', stray],
    ['the beginning of one', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['a single byte', 'H'],
    ['an interim one', 'HTTP/1.1 103 Early Hints\r\nLink: </secret>\r\n\r\n'],
    [
      'one that switches protocols',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
    ['something else', secret],
  ])('is never read as the answer to the next person: %s', async (_, bytes) => {
    for (let round = 0; round < rounds; round += 1) {
      expect(await alice.ask(`/a-${round}`)).toBe(`/a-${round} for alice`)
      const idle = currentConnection()
      // Because every moment counts: before the request, while it is read, and while it is judged.
      if (round % 3 === 0) idle.send(bytes)
      if (round % 3 === 2) sendWhileJudging(idle, bytes)
      const answer = bob.ask(`/b-${round}`)
      if (round % 3 === 1) idle.send(bytes)
      keepBusy(5)
      expect(await answer).toBe(`/b-${round} for bob`)
    }
    expect(bob.connection.received).not.toContain(secret)
  })

  test('is never read as the answer where it came in time to be seen', async () => {
    expect(await alice.ask('/a')).toBe('/a for alice')
    const idle = currentConnection()
    idle.send(stray)
    await idle.waitForClose()
    expect(await bob.ask('/b')).toBe('/b for bob')
  })

  test('does not hurt the person whose request was on the way', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const answers = [alice.ask(`/a-${round}`), bob.ask(`/b-${round}`)]
      expect(await Promise.all(answers)).toEqual([`/a-${round} for alice`, `/b-${round} for bob`])
    }
  })
})

describe('bytes too many behind an answer', () => {
  test.each(['/doubled', '/longer', '/no-content', '/not-modified'])(
    'never reach the next person: %s',
    async (path) => {
      for (let round = 0; round < rounds; round += 1) {
        const first = alice.ask(path)
        keepBusy(2)
        // Because the next person may also be waiting for this very connection.
        if (round % 2 === 0) await first
        expect(await bob.ask(`/b-${round}`)).toBe(`/b-${round} for bob`)
      }
      expect(bob.connection.received).not.toContain(secret)
    },
  )

  test('never reach the next person: a body in the answer to HEAD', async () => {
    for (let round = 0; round < rounds; round += 1) {
      await alice.ask('/head', 'HEAD')
      expect(await bob.ask(`/b-${round}`)).toBe(`/b-${round} for bob`)
    }
    expect(bob.connection.received).not.toContain(secret)
  })
})

test.each(['ends', 'resets'])(
  'an upstream that %s the connection behind its answer costs the next person nothing',
  async (how) => {
    for (let round = 0; round < rounds; round += 1) {
      expect(await alice.ask('/a')).toBe('/a for alice')
      if (how === 'ends') expect(await alice.ask('/closing')).toBe('/closing for alice')
      else currentConnection().socket.resetAndDestroy()
      const answer = bob.ask(`/b-${round}`)
      keepBusy(2)
      expect(await answer).toBe(`/b-${round} for bob`)
    }
  },
)
