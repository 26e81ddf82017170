import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import { answering, startRawUpstream, type RawUpstream } from '../support/rawUpstream.ts'
import { forwardingNames, identityNames } from '../support/spoofedNames.ts'
import { fieldValues, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, hasAnswers, toHead } from './rawRequests.ts'

const answerWithNominations = [
  'HTTP/1.1 200 OK',
  'Connection: Cache-Control, Set-Cookie, X-Inner, Via, Content-Length',
  'Set-Cookie: app=1',
  'X-Inner: for the next hop alone',
  'X-Outer: for everybody',
  'Content-Length: 2',
  '',
  'ok',
].join('\r\n')

let upstream: Upstream
let nominating: RawUpstream
let world: World
let alice: HttpClient

beforeAll(async () => {
  upstream = await startUpstream()
  nominating = await startRawUpstream(answering(answerWithNominations))
  world = await startWorld({
    upstream,
    config: {
      upstreams: {
        app: { url: upstream.url, connections: 1 },
        nominating: { url: nominating.url },
      },
    },
    routes: [
      { match: { path: '/forwarded/**' }, forwardAuthorization: true, upstream: 'app' },
      { match: { path: '/nominating/**' }, upstream: 'nominating' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
  alice = (await world.signIn()).client
})
afterAll(async () => {
  await world.stop()
  await nominating[Symbol.asyncDispose]()
  await upstream.close()
})

const cookieOf = (client: HttpClient) => client.cookies.fieldFor(world.publicUrl)!
const lastRequest = () => upstream.requests.at(-1)!

async function send(lines: readonly string[], body = '', method = 'GET') {
  const head = toHead({
    host: `localhost:${world.port}`,
    method,
    target: '/page',
    lines: [`Cookie: app=1; ${cookieOf(alice)}; last=2`, ...lines],
  })
  return exchangeRaw(world.port, head + body, { until: hasAnswers(1) })
}

function expectOursOnce(): void {
  const { rawHeaders } = lastRequest()
  expect(fieldValues(rawHeaders, 'x-forwarded-user')).toEqual(['alice'])
  expect(fieldValues(rawHeaders, 'x-forwarded-groups')).toEqual(['staff,admins'])
  expect(fieldValues(rawHeaders, 'x-forwarded-for')).toEqual(['127.0.0.1'])
  expect(fieldValues(rawHeaders, 'forwarded')).toHaveLength(1)
  expect(fieldValues(rawHeaders, 'via')).toHaveLength(1)
  expect(fieldValues(rawHeaders, 'host')).toEqual([`localhost:${world.port}`])
}

describe('a client that nominates our fields takes none of them away', () => {
  const every = [...identityNames, ...forwardingNames, 'Via', 'Host']
  test.each([
    ['one name', ['Connection: X-Forwarded-User']],
    ['behind close', ['Connection: close, x-forwarded-user']],
    ['in capitals', ['CONNECTION: X-FORWARDED-USER']],
    [
      'in several fields',
      ['Connection: keep-alive', 'connection: X-Forwarded-User', 'Connection: Via'],
    ],
    ['every name at once', [`Connection: ${every.join(', ')}`]],
    ['with empty members and tabs', ['Connection: ,,\tx-forwarded-user\t, ,via,,']],
    ['in other spellings', ['Connection: X_Forwarded_User, x.forwarded.groups']],
    ['together with a forged value', ['Connection: X-Forwarded-User', 'X-Forwarded-User: mallory']],
    ['the Connection field itself', ['Connection: Connection, X-Forwarded-User']],
    ['in Proxy-Connection', ['Proxy-Connection: X-Forwarded-User', 'Keep-Alive: X-Forwarded-User']],
  ])('%s', async (_, lines) => {
    const count = upstream.requests.length
    expect((await send(lines)).statuses).toEqual([200])
    expect(upstream.requests).toHaveLength(count + 1)
    expectOursOnce()
    expect(lastRequest().rawHeaders.join('\n')).not.toContain('mallory')
  })

  test('on a WebSocket handshake', async () => {
    const [, ...others] = handshakeLines
    const lines = [
      'Connection: upgrade, x-forwarded-user, via',
      `Origin: ${world.publicUrl}`,
      ...others,
    ]
    expect((await send(lines)).statuses).toEqual([101])
    expectOursOnce()
    expect(fieldValues(lastRequest().rawHeaders, 'connection').join().toLowerCase()).toBe('upgrade')
  })
})

describe('what frames or routes a message cannot be nominated away', () => {
  const smuggled = `GET /smuggled HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-User: admin\r\n\r\n`

  test('Content-Length: the body is one body, and no request of its own', async () => {
    const count = upstream.requests.length
    const lines = ['Connection: Content-Length', `Content-Length: ${smuggled.length}`]
    expect((await send(lines, smuggled, 'POST')).statuses).toEqual([200])
    expect((await send([])).statuses).toEqual([200])
    expect(upstream.requests.slice(count).map(({ url }) => url)).toEqual(['/page', '/page'])
    expect(upstream.requests[count]!.bodySha256).toBe(sha256(smuggled))
  })

  test('Transfer-Encoding: the chunks are one body', async () => {
    const count = upstream.requests.length
    const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
    const lines = ['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked']
    expect((await send(lines, chunked, 'POST')).statuses).toEqual([200])
    expect((await send([])).statuses).toEqual([200])
    expect(upstream.requests.slice(count).map(({ url }) => url)).toEqual(['/page', '/page'])
    expect(upstream.requests[count]!.bodySha256).toBe(sha256(smuggled))
  })

  test('Cookie: the person is known all the same, and the application’s cookies end here', async () => {
    expect((await send(['Connection: Cookie'])).statuses).toEqual([200])
    expectOursOnce()
    expect(fieldValues(lastRequest().rawHeaders, 'cookie')).toEqual([])
  })

  test('Authorization is never forwarded where it was nominated', async () => {
    const lines = ['Connection: Authorization', 'Authorization: Basic bWFsbG9yeQ==']
    const head = toHead({
      host: `localhost:${world.port}`,
      target: '/forwarded/page',
      lines: [`Cookie: ${cookieOf(alice)}`, ...lines],
    })
    await exchangeRaw(world.port, head, { until: hasAnswers(1) })
    expect(fieldValues(lastRequest().rawHeaders, 'authorization')).toEqual([])
    expectOursOnce()
  })

  test('Via: where a request has been stays known, so that a loop is noticed', async () => {
    await send(['Connection: Via', 'Via: 1.1 elsewhere'])
    const via = fieldValues(lastRequest().rawHeaders, 'via')
    expect([via.length, via[0]]).toEqual([2, '1.1 elsewhere'])
  })

  test('a field of the client’s own ends here, and the nomination with it', async () => {
    await send(['Connection: X-Inner', 'X-Inner: 1', 'X-Outer: 2'])
    const { rawHeaders } = lastRequest()
    expect(fieldValues(rawHeaders, 'x-inner')).toEqual([])
    expect(fieldValues(rawHeaders, 'x-outer')).toEqual(['2'])
    expect(fieldValues(rawHeaders, 'connection').join()).not.toMatch(/inner/i)
  })
})

test('an upstream that nominates fields takes none of ours from the answer, nor its framing', async () => {
  const answer = await alice.request(`${world.publicUrl}/nominating/page`)
  expect(answer.text).toBe('ok')
  expect(answer.headers['cache-control']).toBe('private')
  expect(answer.headers.via).toMatch(/^1\.1 postern-/)
  expect(answer.headers['x-inner']).toBeUndefined()
  expect(answer.headers['x-outer']).toBe('for everybody')
  expect(answer.setCookies).toEqual([])
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
