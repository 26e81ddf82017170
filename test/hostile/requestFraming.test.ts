import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { answering, startRawUpstream, type RawUpstream } from '../support/rawUpstream.ts'
import { startUpstream, type RecordedRequest, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, hasAnswers, type RawAnswers } from './rawRequests.ts'

let upstream: Upstream
let raw: RawUpstream
let world: World

beforeAll(async () => {
  upstream = await startUpstream()
  raw = await startRawUpstream(answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  world = await startWorld({
    upstream,
    config: {
      // Because one connection carries all: what is left behind on it would show in the next request.
      upstreams: {
        app: { url: upstream.url, connections: 1 },
        raw: { url: raw.url, connections: 1 },
      },
    },
    routes: [
      { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
      { match: { path: '/raw/**' }, access: 'public', upstream: 'raw' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  await raw[Symbol.asyncDispose]()
  await upstream.close()
})

const host = () => `localhost:${world.port}`
const smuggled = () => `GET /admin/smuggled HTTP/1.1\r\nHost: ${host()}\r\n\r\n`
const post = (...lines: string[]) => message('POST /public/sent HTTP/1.1', ...lines)
const message = (...lines: string[]) =>
  [lines[0]!, `Host: ${host()}`, ...lines.slice(1), '', ''].join('\r\n')

let markers = 0
/** A request of its own on the connection to the upstream, behind whatever may be left on it. */
async function sendMarker(): Promise<RecordedRequest> {
  markers += 1
  const path = `/public/marker-${markers}`
  const answer = await world.browser().request(world.publicUrl + path)
  expect(answer.json()).toMatchObject({ method: 'GET', url: path, bodySize: 0 })
  return upstream.requests.at(-1)!
}

/** Whatever was sent, the upstream never saw what was smuggled, and the next request is whole. */
afterEach(async () => {
  expect((await sendMarker()).url).toBe(`/public/marker-${markers}`)
  expect(upstream.requests.filter(({ url }) => url.includes('admin'))).toEqual([])
  upstream.requests.length = 0
})

type Row = readonly [title: string, bytes: () => string, status?: number]

/**
 * Each row gets one answer, 400 unless it says otherwise, and the connection is closed behind it. All are sent
 * at once, because whoever is still sending when refused is listened to for a second more.
 */
function testRefusals(
  rows: readonly Row[],
  checkForwarded: (seen: RecordedRequest[]) => void,
): void {
  let answers: readonly RawAnswers[]
  let seen: RecordedRequest[]
  beforeAll(async () => {
    answers = await Promise.all(rows.map(([, bytes]) => exchangeRaw(world.port, bytes())))
    await sendMarker()
    await vi.waitFor(() => expect(upstream.requests.filter(isUnderWay)).toEqual([]))
    seen = upstream.requests.filter(({ url }) => !url.startsWith('/public/marker-'))
    upstream.requests.length = 0
  })

  test.each(rows.map(([title, , status = 400], at) => [title, status, at] as const))(
    '%s is %i',
    (_, status, at) => {
      const { statuses, text } = answers[at]!
      expect(statuses, text).toEqual([status])
      expect(text).toMatch(/\r\nConnection: close\r\n/i)
    },
  )

  test('and the upstream sees no request in it', () => checkForwarded(seen))
}

const isUnderWay = ({ wasAborted, bodySha256 }: RecordedRequest) => !wasAborted && bodySha256 === ''

const expectNone = (seen: RecordedRequest[]) => expect(seen.map(({ url }) => url)).toEqual([])

/** The head alone was whole: an upstream may have seen it, but never the end of its body. */
const expectCutShort = (seen: RecordedRequest[]) =>
  expect(seen.filter(({ url, wasAborted }) => url !== '/public/sent' || !wasAborted)).toEqual([])

describe('a message whose end can be found in two ways is refused', () => {
  const chunkedSmuggled = () => `0\r\n\r\n${smuggled()}`
  const rows: readonly Row[] = [
    ...[
      [
        'Content-Length before Transfer-Encoding',
        'Content-Length: 4',
        'Transfer-Encoding: chunked',
      ],
      [
        'Transfer-Encoding before Content-Length',
        'Transfer-Encoding: chunked',
        'Content-Length: 4',
      ],
      ['Content-Length: 0 and chunked', 'Content-Length: 0', 'Transfer-Encoding: chunked'],
      ['a list of two times chunked', 'Transfer-Encoding: chunked, chunked'],
      ['identity, then chunked', 'Transfer-Encoding: identity, chunked'],
      ['chunked, then identity', 'Transfer-Encoding: chunked, identity'],
      ['gzip, then chunked', 'Transfer-Encoding: gzip, chunked'],
      ['identity', 'Transfer-Encoding: identity'],
      ['a coding that is none', 'Transfer-Encoding: xchunked'],
      ['chunked with something behind it', 'Transfer-Encoding: chunked;q=1'],
      ['chunked in quotes', 'Transfer-Encoding: "chunked"'],
      ['two Transfer-Encoding fields', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
      ['two codings in two fields', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      ['an empty Transfer-Encoding', 'Transfer-Encoding: '],
      ['a vertical tab before chunked', 'Transfer-Encoding: \x0bchunked'],
      ['chunked on a folded line', 'Transfer-Encoding:\r\n chunked'],
      ['a space before the colon', 'Transfer-Encoding : chunked'],
      ['a tab before the colon', 'Transfer-Encoding\t: chunked'],
      ['a comma and chunked', 'Transfer-Encoding: ,chunked'],
      ['chunked and a comma', 'Transfer-Encoding: chunked,'],
      ['a NUL behind chunked', 'Transfer-Encoding: chunked\0'],
      [
        'Content-Length hidden behind a bare CR',
        'X: y\rContent-Length: 4',
        'Transfer-Encoding: chunked',
      ],
      ['Transfer-Encoding behind a bare LF', 'Content-Length: 4\nTransfer-Encoding: chunked'],
    ].map(([title = '', ...lines]) => [title, () => post(...lines) + chunkedSmuggled()] as const),
    ...[
      ['+5', 'Content-Length: +5'],
      ['-5', 'Content-Length: -5'],
      ['a list of two equal lengths', 'Content-Length: 5, 5'],
      ['two equal fields', 'Content-Length: 5', 'Content-Length: 5'],
      ['two different fields', 'Content-Length: 5', 'Content-Length: 6'],
      ['hexadecimal', 'Content-Length: 0x5'],
      ['with an exponent', 'Content-Length: 5e0'],
      ['with a fraction', 'Content-Length: 5.0'],
      ['two numbers', 'Content-Length: 5 5'],
      ['empty', 'Content-Length: '],
      ['larger than 64 bits', 'Content-Length: 18446744073709551621'],
      ['larger than can be counted', 'Content-Length: 9007199254740993'],
      ['with an underscore', 'Content-Length: 1_0'],
      ['on a folded line', 'Content-Length:\r\n 5'],
      ['with a space before the colon', 'Content-Length : 5'],
    ].map(([title = '', ...lines]) => {
      return [`Content-Length: ${title}`, () => `${post(...lines)}hello${smuggled()}`] as const
    }),
    [
      'HTTP/1.0 with Transfer-Encoding',
      () =>
        `${message('POST /public/sent HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled()}`,
    ],
  ]
  testRefusals(rows, expectNone)
})

describe('a head that can be read in two ways is refused', () => {
  const get = (...lines: string[]) => message('GET /public/sent HTTP/1.1', ...lines) + smuggled()
  const line = (text: string) => `${text}\r\nHost: ${host()}\r\n\r\n${smuggled()}`
  const rows: readonly Row[] = [
    ['bare LF line ends', () => get('X: 1').replaceAll('\r\n', '\n'), 400],
    ['one bare LF', () => get('X: 1\nX-Second: 2'), 400],
    ['bare CR line ends', () => get('X: 1').replaceAll('\r\n', '\r'), 400],
    ['a bare CR in a value', () => get('X: 1\rX-Second: 2'), 400],
    ['a folded line', () => get('X: 1', ' folded'), 400],
    ['a line folded with a tab', () => get('X: 1', '\tfolded'), 400],
    ['a space before the colon', () => get('X : 1'), 400],
    ['a space within the name', () => get('X Y: 1'), 400],
    ['a NUL in a value', () => get('X: 1\0'), 400],
    ['a control character in a value', () => get('X: \x01'), 400],
    ['DEL in a value', () => get('X: \x7f'), 400],
    ['a NUL in a name', () => get('X\0Y: 1'), 400],
    ['a byte beyond ASCII in a name', () => get('X\xe9: 1'), 400],
    ['a name in brackets', () => get('X[]: 1'), 400],
    ['an empty name', () => get(': 1'), 400],
    ['a line without a colon', () => get('nothing'), 400],
    [
      'a space before the first field',
      () => `GET /public/sent HTTP/1.1\r\n Host: ${host()}\r\n\r\n`,
      400,
    ],
    [
      'a field before the Host that is folded',
      () => `GET /public/sent HTTP/1.1\r\nX:\r\n Host: ${host()}\r\n\r\n`,
      400,
    ],
    ['no Host', () => `GET /public/sent HTTP/1.1\r\nX: 1\r\n\r\n${smuggled()}`, 400],
    ['two Hosts', () => get('Host: evil.example'), 400],
    ['HTTP/0.9', () => `GET /public/sent\r\n\r\n${smuggled()}`, 400],
    ['HTTP/2.0 written out', () => line('GET /public/sent HTTP/2.0'), 400],
    ['HTTP/1.2', () => line('GET /public/sent HTTP/1.2'), 400],
    ['HTTP/1.10', () => line('GET /public/sent HTTP/1.10'), 400],
    ['a version in small letters', () => line('GET /public/sent http/1.1'), 400],
    ['no version number', () => line('GET /public/sent HTTP/'), 400],
    ['something behind the version', () => line('GET /public/sent HTTP/1.1 x'), 400],
    ['a method of RTSP', () => line('DESCRIBE /public/sent RTSP/1.0'), 501],
    ['another method of RTSP', () => line('PLAY /public/sent RTSP/1.1'), 501],
    ['RTSP with a version of its own', () => line('GET /public/sent RTSP/2.0'), 400],
    ['another protocol', () => line('GET /public/sent ICE/1.0'), 400],
    ['SMTP', () => 'EHLO mallory.example\r\n', 501],
    ['a target without a slash', () => line('GET public/sent HTTP/1.1'), 400],
    ['a space within the target', () => line('GET /public/sent /x HTTP/1.1'), 400],
    ['a tab before the target', () => line('GET\t/public/sent HTTP/1.1'), 501],
    ['a tab behind the target', () => line('GET /public/sent\tHTTP/1.1'), 400],
    ['a space before the method', () => line(' GET /public/sent HTTP/1.1'), 501],
    ['a method in small letters', () => line('get /public/sent HTTP/1.1'), 501],
    ['a method that is none', () => line('GETT /public/sent HTTP/1.1'), 501],
    ['a method with a NUL', () => line('G\0T /public/sent HTTP/1.1'), 501],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['20 KB of fields', () => get(`X: ${'a'.repeat(20_480)}`), 431],
    [
      '20 KB in many fields',
      () => get(...Array.from({ length: 400 }, (_, at) => `X-${at}: ${'a'.repeat(45)}`)),
      431,
    ],
    ['20 KB of a name', () => get(`${'X'.repeat(20_480)}: 1`), 431],
    ['a target of 20 KB', () => line(`GET /public/${'a'.repeat(20_480)} HTTP/1.1`), 431],
  ]
  testRefusals(rows, expectNone)
})

describe('a target that can be read in two ways is refused, and what stands behind it judged by itself', () => {
  test.each([
    ['for another authority', () => 'http://evil.example/public/sent'],
    ['with userinfo', () => `http://a@${host()}/public/sent`],
    ['with our authority as userinfo', () => `http://${host()}@evil.example/public/sent`],
    ['of another port', () => 'http://localhost:1/public/sent'],
    ['of another scheme', () => `ftp://${host()}/public/sent`],
    ['that is a star', () => '*'],
    ['that is empty but for two slashes', () => '//public/sent'],
  ])('%s', async (_, target) => {
    const next = message('GET /admin/x HTTP/1.1', 'Connection: close')
    const bytes = message(`GET ${target()} HTTP/1.1`) + next
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([400, 401])
    expect(upstream.requests).toEqual([])
  })
})

describe('a chunk that can be read in two ways ends the message, and nothing behind it is a request', () => {
  const chunked = (body: string) => post('Transfer-Encoding: chunked') + body + smuggled()
  const rows: readonly Row[] = [
    ['a size with 0x', () => chunked('0x5\r\nhello\r\n0\r\n\r\n')],
    ['a size with a space behind it', () => chunked('5 \r\nhello\r\n0\r\n\r\n')],
    ['a size with a space before it', () => chunked(' 5\r\nhello\r\n0\r\n\r\n')],
    ['a size with a sign', () => chunked('+5\r\nhello\r\n0\r\n\r\n')],
    ['a negative size', () => chunked('-5\r\nhello\r\n0\r\n\r\n')],
    ['a size beyond 64 bits', () => chunked('FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n')],
    ['a size that wraps to five', () => chunked('10000000000000005\r\nhello\r\n0\r\n\r\n')],
    ['a size with an underscore', () => chunked('0_5\r\nhello\r\n0\r\n\r\n')],
    ['no size', () => chunked('\r\nhello\r\n0\r\n\r\n')],
    ['a size that is no number', () => chunked('five\r\nhello\r\n0\r\n\r\n')],
    ['no line end behind the data', () => chunked('5\r\nhello0\r\n\r\n')],
    ['data longer than its size', () => chunked('5\r\nhello!\r\n0\r\n\r\n')],
    ['a bare LF behind the size', () => chunked('5\nhello\r\n0\r\n\r\n')],
    ['a bare LF behind the data', () => chunked('5\r\nhello\n0\r\n\r\n')],
    ['a bare CR behind the size', () => chunked('5\rhello\r\n0\r\n\r\n')],
    ['a bare LF behind the last chunk', () => chunked('5\r\nhello\r\n0\n\n')],
    ['a NUL in the size', () => chunked('5\0\r\nhello\r\n0\r\n\r\n')],
    ['a bare LF in an extension', () => chunked('5;a\nhello\r\n0\r\n\r\n')],
    ['a NUL in an extension', () => chunked('5;a=\0\r\nhello\r\n0\r\n\r\n')],
    ['a folded trailer', () => chunked('0\r\nX: 1\r\n folded\r\n\r\n')],
    ['a trailer with a space before the colon', () => chunked('0\r\nX : 1\r\n\r\n')],
  ]
  testRefusals(rows, expectCutShort)
})

describe('what is legitimate arrives as it was sent, framed anew', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

  test.each(['GET', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'HEAD'])(
    'a request hidden in the body of %s is a body',
    async (method) => {
      const body = smuggled()
      const lines = [`Content-Length: ${body.length}`, 'Connection: close']
      const bytes = message(`${method} /public/sent HTTP/1.1`, ...lines) + body
      expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
      expect(upstream.requests).toMatchObject([
        { method, url: '/public/sent', bodySha256: sha256(body) },
      ])
    },
  )

  test.each(['GET', 'DELETE', 'OPTIONS', 'POST', 'HEAD'])(
    'a request hidden in the chunks of %s is a body',
    async (method) => {
      const body = smuggled()
      const bytes =
        message(
          `${method} /public/sent HTTP/1.1`,
          'Transfer-Encoding: chunked',
          'Connection: close',
        ) + `${body.length.toString(16)};extension=1\r\n${body}\r\n0\r\n\r\n`
      expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
      expect(upstream.requests).toMatchObject([
        { method, url: '/public/sent', bodySha256: sha256(body) },
      ])
    },
  )

  test.each([
    ['capitals', 'Transfer-Encoding: CHUNKED'],
    ['a capital', 'Transfer-Encoding: Chunked'],
    ['a tab before the value', 'Transfer-Encoding:\tchunked'],
    ['spaces around the value', 'Transfer-Encoding:   chunked  '],
  ])('chunked in %s is chunked', async (_, line) => {
    const bytes = `${post(line, 'Connection: close')}5\r\nhello\r\n0\r\n\r\n`
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests).toMatchObject([{ url: '/public/sent', bodySize: 5 }])
  })

  test.each([
    ['Transfer_Encoding', 'Transfer_Encoding: chunked'],
    ['Transfer.Encoding', 'Transfer.Encoding: chunked'],
    ['X-Transfer-Encoding under a spelling of Content-Length', 'Content_Length: 3'],
  ])('a name that only looks like framing is none: %s', async (_, line) => {
    const bytes = `${post(line, 'Content-Length: 5', 'Connection: close')}hello`
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests).toMatchObject([{ url: '/public/sent', bodySize: 5 }])
    const names = upstream.requests[0]!.rawHeaders.filter((_, at) => at % 2 === 0)
    expect(names.filter((name) => /[._]/.test(name))).toEqual([])
  })

  test('a length with spaces around it and zeros before it', async () => {
    const bytes = `${post('Content-Length:  0005 ', 'Connection: close')}hello`
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests).toMatchObject([{ url: '/public/sent', bodySize: 5 }])
    expect(upstream.requests[0]!.headers['content-length']).toBe('5')
  })

  test('two pipelined requests are two, answered in their order', async () => {
    const second = message('GET /public/second HTTP/1.1', 'Connection: close')
    const bytes = `${post('Content-Length: 5')}hello${second}`
    const { statuses, text } = await exchangeRaw(world.port, bytes)
    expect(statuses).toEqual([200, 200])
    expect(text.indexOf('"/public/sent"')).toBeLessThan(text.indexOf('"/public/second"'))
    expect(upstream.requests.map(({ url }) => url).sort()).toEqual([
      '/public/second',
      '/public/sent',
    ])
  })

  test('a second request behind the body is judged by itself', async () => {
    const bytes = `${post('Content-Length: 5')}hello${message('GET /admin/x HTTP/1.1', 'Connection: close')}`
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200, 401])
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/public/sent'])
  })

  test('spaces too many around the target are not passed on', async () => {
    const bytes = `GET   /public/sent   HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests).toMatchObject([{ method: 'GET', url: '/public/sent' }])
  })

  test('the name of another protocol is not passed on', async () => {
    const bytes = message('GET /public/sent RTSP/1.1', 'Connection: close')
    expect(
      (await exchangeRaw(world.port, bytes.replace('/sent', '/../raw/sent'))).statuses,
    ).toEqual([400])
    expect((await exchangeRaw(world.port, bytes.replace('/public', '/raw'))).statuses).toEqual([
      200,
    ])
    expect((await raw.connection()).received).not.toContain('RTSP')
  })

  test('the absolute form of our own authority', async () => {
    const bytes = message(`GET http://${host()}/public/sent HTTP/1.1`, 'Connection: close')
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests).toMatchObject([{ url: '/public/sent' }])
  })

  test('HTTP/1.0 with a length', async () => {
    const bytes = `${message('POST /public/sent HTTP/1.0', 'Content-Length: 5')}hello${smuggled()}`
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    expect(upstream.requests).toMatchObject([{ url: '/public/sent', bodySize: 5 }])
  })
})

describe('the very bytes that the upstream gets', () => {
  test.each([
    ['a length', () => 'Content-Length: 7', 'a=1&b=2'],
    [
      'chunks',
      () => 'Transfer-Encoding: chunked',
      '3\r\na=1\r\n4;x=y\r\n&b=2\r\n0\r\nX-Late: 1\r\n\r\n',
    ],
  ])('have one framing, whatever the client chose: %s', async (_, line, body) => {
    const [known] = raw.connections
    const from = known?.received.length ?? 0
    const bytes =
      message('POST /raw/sent HTTP/1.1', line(), 'Connection: close, te', 'TE: trailers') + body
    expect((await exchangeRaw(world.port, bytes)).statuses).toEqual([200])
    const received = (await raw.connection()).received.slice(from)
    expect(received.match(/content-length|transfer-encoding/gi)).toHaveLength(1)
    expect(received.match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1)
    expect(received).not.toMatch(/^(te|trailer|x-late):/im)
    expect(raw.connections).toHaveLength(1)
  })
})

test('a body that never ends leaves nothing behind on the upstream’s connection', async () => {
  const bytes = `${post('Content-Length: 100')}${smuggled()}`
  const cut = exchangeRaw(world.port, bytes, { until: () => false, deadlineMs: 300 })
  await expect(cut).rejects.toThrow('no end after')
  await expect.poll(() => upstream.requests.every(({ wasAborted }) => wasAborted)).toBe(true)
  expect(upstream.requests.filter(({ url }) => url !== '/public/sent')).toEqual([])
})

test('an answer to HEAD has no body that could be taken for the next answer', async () => {
  const head = message('HEAD /public/sent HTTP/1.1')
  const next = message('GET /public/second HTTP/1.1', 'Connection: close')
  const { statuses, text } = await exchangeRaw(world.port, head + next, { until: hasAnswers(3) })
  expect(statuses).toEqual([200, 200])
  expect(text).not.toContain('"/public/sent"')
})

test('the first bytes of TLS are closed without an answer, and reach no upstream', async () => {
  const { statuses, text } = await exchangeRaw(
    world.port,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  )
  expect({ statuses, text }).toEqual({ statuses: [], text: '' })
  expect(upstream.requests).toEqual([])
})
