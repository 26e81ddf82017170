import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startRawUpstream, type RawUpstream } from '../support/rawUpstream.ts'
import { toldFields } from '../support/spoofedNames.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, toHead } from './rawRequests.ts'
import { visit } from './signingIn.ts'

const injected = 'X-Injected: yes'

let upstream: Upstream
let raw: RawUpstream
let rawAnswer: string
let world: World

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (request.url?.startsWith('/members/shared') === true) {
      response.setHeader('Cache-Control', 'public, max-age=60')
    }
    response.end('ok')
  })
  raw = await startRawUpstream(({ socket }) => {
    socket.on('data', () => void socket.end(rawAnswer, 'latin1'))
  })
  world = await startWorld({
    upstream,
    sessions: { store: 'memory' },
    config: {
      upstreams: { app: { url: upstream.url }, raw: { url: raw.url } },
      identity: { headers: { 'X-Name': 'name', 'X-Nested': 'nested.value' } },
    },
    routes: [
      { match: { path: '/raw/**' }, access: 'public', upstream: 'raw' },
      { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  await raw[Symbol.asyncDispose]()
  await upstream.close()
})
beforeEach(() => {
  upstream.requests.length = 0
})

describe('a claim that holds line ends, or looks like other claims, stays one value', () => {
  const tellings: readonly (readonly [string, Record<string, unknown>, Record<string, string>])[] =
    [
      [
        'CR and LF',
        { name: `Alice\r\n${injected}`, email: 'a\r\nX-Forwarded-User: admin', groups: ['a\r\nb'] },
        {
          'X-Name': 'Alice%0D%0AX-Injected: yes',
          'X-Forwarded-Email': 'a%0D%0AX-Forwarded-User: admin',
          'X-Forwarded-Groups': 'a%0D%0Ab',
        },
      ],
      [
        'bare LF, bare CR, NUL, tab, DEL',
        { name: 'a\nb', email: 'a\rb', groups: ['a\0b', 'a\tb', 'a\x7fb'] },
        {
          'X-Name': 'a%0Ab',
          'X-Forwarded-Email': 'a%0Db',
          'X-Forwarded-Groups': 'a%00b,a%09b,a%7Fb',
        },
      ],
      [
        'characters that end in the bytes of a line end',
        { name: '\u010d\u010a', email: '\u560a\u560d', groups: ['\u2028', '\u0085'] },
        {
          'X-Name': '%C4%8D%C4%8A',
          'X-Forwarded-Email': '%E5%98%8A%E5%98%8D',
          'X-Forwarded-Groups': '%E2%80%A8,%C2%85',
        },
      ],
      [
        'separators and escapes of our own',
        { name: 'a%0D%0Ab', email: ' a ', groups: ['staff,admins', 'a%2Cb', '', ' '] },
        {
          'X-Name': 'a%250D%250Ab',
          'X-Forwarded-Email': '%20a%20',
          'X-Forwarded-Groups': 'staff%2Cadmins,a%252Cb,%20',
        },
      ],
      [
        'no text at all',
        { name: null, email: { value: `x\r\n${injected}` }, groups: [[`x\r\n${injected}`]] },
        {
          'X-Forwarded-Email': '{"value":"x\\r\\nX-Injected: yes"}',
          'X-Forwarded-Groups': '["x\\r\\nX-Injected: yes"]',
        },
      ],
    ]
  test.each(tellings)('%s', async (_, claims, told) => {
    const account = world.issuer.accounts.get('alice')!
    const before = account.claims
    account.claims = { ...claims, preferred_username: 'alice' }
    const { page } = await world.signIn('alice', '/members/x')
    account.claims = before
    expect(page.status).toBe(200)
    const { rawHeaders, headers } = upstream.requests.at(-1)!
    const expected = {
      ...told,
      'X-Forwarded-User': 'alice',
      'X-Forwarded-Preferred-Username': 'alice',
    }
    const lines = toldFields(rawHeaders, ['X-Name', 'X-Nested', 'X-Injected'])
    expect(
      lines.filter((line) => !/^(forwarded|x-forwarded-(for|host|port|proto)):/i.test(line)),
    ).toEqual(
      Object.entries(expected)
        .map(([name, value]) => `${name}: ${value}`)
        .sort(),
    )
    expect(headers['x-injected']).toBeUndefined()
    expect(world.logLines.every((line) => typeof line['msg'] === 'string')).toBe(true)
    expect(world.logText()).not.toContain('\nX-')
  })
})

describe('nothing of a request becomes a line of the answer', () => {
  test.each([
    '/x%0d%0aX-Injected:%20yes',
    '/x%0aX-Injected:%20yes',
    '/%0dX-Injected:yes',
    '/x%00',
    '/.postern/login%0d%0aX-Injected:yes',
  ])('a path: %s is 400', async (path) => {
    const answer = await visit(world.browser(), world.publicUrl + path)
    expect([answer.status, upstream.requests]).toEqual([400, []])
    expect(answer.headers['x-injected']).toBeUndefined()
  })

  test.each([
    '/.postern/login?rd=%2Fa%0d%0aX-Injected:%20yes',
    '/.postern/login?rd=%2Fa%E5%98%8A%E5%98%8DX-Injected:%20yes',
    '/.postern/login?provider=x%0d%0aX-Injected:%20yes',
    '/.postern/logout?rd=%2Fa%0d%0aX-Injected:%20yes',
    '/.postern/logout?rd=%2Fa%E5%98%8D%E5%98%8AX-Injected:%20yes',
    '/.postern/logout?state=x%0d%0aX-Injected:%20yes',
    '/.postern/callback?error=x%0d%0aX-Injected:%20yes',
    '/.postern/callback?code=1&state=x%0d%0aX-Injected:%20yes',
    '/.postern/%0d%0a?x',
    '/members/x?y=%0d%0aX-Injected:%20yes',
  ])('a parameter: %s', async (path) => {
    const answer = await visit(world.browser(), world.publicUrl + path)
    expect([200, 302, 400, 404]).toContain(answer.status)
    expect(answer.headers['x-injected']).toBeUndefined()
    expect(answer.rawHeaders.join('')).not.toMatch(/[\r\n\0]|[^\x20-\x7e]/)
  })

  test.each(['<script>alert(1)</script>', '"onmouseover="alert(1)', "'-alert(1)-'", '{{7*7}}'])(
    'nor a tag of a page: %s',
    async (text) => {
      const written = encodeURIComponent(text)
      for (const path of [
        `/.postern/login?rd=/${written}&provider=${written}`,
        `/.postern/callback?error=${written}&error_description=${written}`,
        `/.postern/${written}`,
        `/.postern/logout?rd=${written}`,
      ]) {
        const answer = await visit(world.browser(), world.publicUrl + path)
        expect(answer.text).not.toContain(text)
      }
    },
  )
})

describe('nothing of an upstream’s answer becomes a second answer', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'
  test.each([
    ['a bare LF in a field', `${head}X: a\n${injected}\r\n\r\nok`],
    ['a bare CR in a field', `${head}X: a\r${injected}\r\n\r\nok`],
    ['a NUL in a field', `${head}X: a\0\r\n\r\nok`],
    ['a folded field', `${head}X: a\r\n ${injected}\r\n\r\nok`],
    ['a name with a space', `${head}X Y: a\r\n\r\nok`],
    ['a space before the colon', `${head}X : a\r\n\r\nok`],
    ['two lengths', `${head}Content-Length: 3\r\n\r\nok!`],
    ['a length and chunks', `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nok'],
    [
      'a chunk of a strange size',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n',
    ],
    ['a CR in the reason', `HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok`],
    ['a status of four digits', `HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok`],
    ['a status of 099', `HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok`],
    ['HTTP/0.9', `ok ${injected}`],
  ])('%s', async (_, answer) => {
    rawAnswer = answer
    const request = toHead({
      host: `localhost:${world.port}`,
      target: '/raw/x',
      lines: ['Connection: close'],
    })
    const { statuses, text } = await exchangeRaw(world.port, request)
    expect(statuses, text).toHaveLength(1)
    expect(text).not.toMatch(new RegExp(`[\\r\\n]${injected}`))
    expect(text.replaceAll('\r\n', '').split(/\{|ok/, 1)[0]).not.toMatch(/[\r\n\0]/)
    expect(text.match(/^content-length:/gim)?.length ?? 0).toBeLessThanOrEqual(1)
  })
})

describe('no shared cache keeps what was made for one person', () => {
  test.each([
    ['a sign-in', '/members/x', 302],
    ['a refusal', '/.postern/nowhere', 404],
    ['an ambiguous path', '/x;y', 400],
    ['who is signed in', '/.postern/session', 401],
  ])('%s is never stored', async (_, path, status) => {
    const answer = await visit(world.browser(), world.publicUrl + path)
    expect([answer.status, answer.headers['cache-control']]).toEqual([status, 'no-store'])
  })

  test('a page is private, whatever its name looks like', async () => {
    const { client } = await world.signIn('alice', '/members/x')
    for (const path of ['/members/x', '/members/x/logo.png', '/members/x.css', '/members/%2e.js']) {
      const answer = await client.request(world.publicUrl + path)
      expect([answer.status, answer.headers['cache-control']], path).toEqual([200, 'private'])
    }
    const shared = await client.request(`${world.publicUrl}/members/shared`)
    expect(shared.headers['cache-control']).toBe('public, max-age=60')
    const open = await client.request(`${world.publicUrl}/public/x`)
    expect(open.headers['cache-control']).toBeUndefined()
  })
})
