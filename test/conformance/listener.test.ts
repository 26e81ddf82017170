// What the listener takes for a request, and what it refuses, byte for byte over real sockets.

import { describe, expect, test } from 'vitest'
import { respond } from '../../src/http/respond.ts'
import { codeOf, pseudonym, statusesOf, statusOf } from '../unit/listener/startListener.ts'
import { plain, tls } from '../unit/listener/transports.ts'

const closing = 'Connection: close\r\n'
const get = (fields: string, line = 'GET / HTTP/1.1') => `${line}\r\n${fields}${closing}\r\n`
const post = (fields: string, body: string) =>
  `POST / HTTP/1.1\r\nHost: a.example\r\n${closing}${fields}\r\n${body}`

interface Row {
  readonly title: string
  readonly bytes: string
  readonly status: number
  readonly code: string
}

const malformed = (title: string, bytes: string): Row => ({
  title,
  bytes,
  status: 400,
  code: 'request_malformed',
})

const refused: readonly Row[] = [
  malformed('RFC 9112 3.2: a request without Host is refused', get('')),
  malformed('RFC 9112 3.2: HTTP/1.0 without Host is refused too', get('', 'GET / HTTP/1.0')),
  malformed('RFC 9112 3.2: two Host fields are refused', get('Host: a\r\nHost: b\r\n')),
  malformed('RFC 9112 3.2: two equal Host fields are refused', get('Host: a\r\nHost: a\r\n')),
  malformed('RFC 9112 3.2: an empty Host is refused', get('Host:\r\n')),
  malformed('RFC 9110 7.2: userinfo in Host is refused', get('Host: admin@a.example\r\n')),
  malformed('RFC 9110 7.2: a path in Host is refused', get('Host: a.example/x\r\n')),
  malformed('RFC 9110 7.2: a list in Host is refused', get('Host: a.example, b.example\r\n')),
  malformed('RFC 9110 7.2: a port beyond 65535 is refused', get('Host: a.example:65536\r\n')),
  malformed('RFC 9112 2.3: HTTP/0.9 is refused', 'GET /\r\n\r\n'),
  malformed('RFC 9112 2.3: HTTP/0.9 with fields is refused', get('Host: a\r\n', 'GET / HTTP/0.9')),
  malformed('RFC 9112 2.3: HTTP/2.0 as text is refused', get('Host: a\r\n', 'GET / HTTP/2.0')),
  malformed('RFC 9112 2.3: HTTP/1.2 is refused', get('Host: a\r\n', 'GET / HTTP/1.2')),
  malformed('RFC 9113 3.4: the HTTP/2 preface is refused', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  malformed(
    'RFC 9112 6.3: two Content-Length fields are refused',
    post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'),
  ),
  malformed(
    'RFC 9112 6.3: a list in Content-Length is refused',
    post('Content-Length: 3, 3\r\n', 'abc'),
  ),
  malformed(
    'RFC 9110 8.6: a sign in Content-Length is refused',
    post('Content-Length: +3\r\n', 'abc'),
  ),
  malformed(
    'RFC 9110 8.6: a minus in Content-Length is refused',
    post('Content-Length: -3\r\n', 'abc'),
  ),
  malformed(
    'RFC 9110 8.6: a space in Content-Length is refused',
    post('Content-Length: 3 3\r\n', 'abc'),
  ),
  malformed(
    'RFC 9110 8.6: hexadecimal Content-Length is refused',
    post('Content-Length: 0x3\r\n', 'abc'),
  ),
  malformed('RFC 9110 8.6: an empty Content-Length is refused', post('Content-Length:\r\n', 'abc')),
  malformed(
    'RFC 9110 8.6: a Content-Length beyond what can be counted is refused',
    post('Content-Length: 18446744073709551615\r\n', 'abc'),
  ),
  malformed(
    'RFC 9112 6.1: Content-Length and Transfer-Encoding together are refused',
    post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ),
  malformed(
    'RFC 9112 6.1: Transfer-Encoding and Content-Length together are refused',
    post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '0\r\n\r\n'),
  ),
  ...[
    'xchunked',
    'gzip, chunked',
    'chunked, chunked',
    'chunked, identity',
    'identity',
    '"chunked"',
    'chunked;q=1',
    ',chunked',
    'chunked,',
    '\x0bchunked',
    '',
  ].map((value) =>
    malformed(
      `RFC 9112 6.1: Transfer-Encoding ${JSON.stringify(value)} is refused`,
      post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'),
    ),
  ),
  malformed(
    'RFC 9112 6.1: two Transfer-Encoding fields are refused',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  ),
  malformed(
    'RFC 9112 6.1: Transfer-Encoding in HTTP/1.0 is refused',
    `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  malformed('RFC 9112 5.2: a folded field line is refused', get('Host: a\r\nX-A: b\r\n c\r\n')),
  malformed('RFC 9112 5.1: a space before the colon is refused', get('Host : a\r\n')),
  malformed('RFC 9112 5.1: a line without colon is refused', get('Host: a\r\nnonsense\r\n')),
  malformed(
    'RFC 9112 2.2: a bare LF behind the request line is refused',
    'GET / HTTP/1.1\nHost: a\n\n',
  ),
  malformed(
    'RFC 9112 2.2: a bare LF behind a field is refused',
    get('Host: a\r\nX-A: b\nX-B: c\r\n'),
  ),
  malformed('RFC 9112 2.2: a bare CR in a field is refused', get('Host: a\r\nX-A: b\rX-B: c\r\n')),
  malformed(
    'RFC 9112 2.2: white space before the first field is refused',
    'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  ),
  malformed('RFC 9110 5.5: NUL in a field value is refused', get('Host: a\r\nX-A: b\0c\r\n')),
  malformed(
    'RFC 9110 5.5: a control character in a field value is refused',
    get('Host: a\r\nX-A: b\x01c\r\n'),
  ),
  malformed(
    'RFC 9110 11.6.2: more than one Authorization field is refused',
    get('Host: a\r\nAuthorization: Bearer x\r\nAuthorization: Bearer y\r\n'),
  ),
  {
    title: 'RFC 9110 9.3.8: TRACE is refused',
    bytes: get('Host: a\r\n', 'TRACE / HTTP/1.1'),
    status: 501,
    code: 'method_not_supported',
  },
  {
    title: 'RFC 9110 9.3.6: CONNECT is refused',
    bytes: get('Host: a:443\r\n', 'CONNECT a:443 HTTP/1.1'),
    status: 501,
    code: 'method_not_supported',
  },
  {
    title: 'RFC 9110 9.1: a method that nobody knows is refused',
    bytes: get('Host: a\r\n', 'FROBNICATE / HTTP/1.1'),
    status: 501,
    code: 'method_not_supported',
  },
  {
    title: 'RFC 9110 9.1: methods are case-sensitive',
    bytes: get('Host: a\r\n', 'get / HTTP/1.1'),
    status: 501,
    code: 'method_not_supported',
  },
  {
    title: 'RFC 9110 10.1.1: an expectation other than 100-continue is refused',
    bytes: post('Expect: miracles\r\nContent-Length: 0\r\n', ''),
    status: 417,
    code: 'expectation_failed',
  },
  {
    title: 'RFC 9110 10.1.1: 100-continue among other expectations is refused',
    bytes: post('Expect: 100-continue, miracles\r\nContent-Length: 0\r\n', ''),
    status: 417,
    code: 'expectation_failed',
  },
  {
    title: 'RFC 9110 10.1.1: a second Expect field is not overlooked',
    bytes: post('Expect: 100-continue\r\nExpect: miracles\r\nContent-Length: 0\r\n', ''),
    status: 417,
    code: 'expectation_failed',
  },
  {
    title: 'RFC 9110 10.1.1: an expectation that merely contains 100-continue is refused',
    bytes: post('Expect: x100-continuey\r\nContent-Length: 0\r\n', ''),
    status: 417,
    code: 'expectation_failed',
  },
  {
    title: 'RFC 6585 5: fields beyond the limit are refused',
    bytes: get(`Host: a\r\nX-A: ${'x'.repeat(40_000)}\r\n`),
    status: 431,
    code: 'fields_too_large',
  },
  {
    title: 'RFC 9110 7.6.3: a request that went through this process already is refused',
    bytes: get(`Host: a\r\nVia: 1.1 other, 1.1 ${pseudonym}\r\n`),
    status: 508,
    code: 'loop_detected',
  },
  {
    title: 'RFC 9110 7.6.3: our name in a second Via field is seen',
    bytes: get(`Host: a\r\nVia: 1.1 other\r\nvia: 1.0 ${pseudonym}\r\n`),
    status: 508,
    code: 'loop_detected',
  },
  malformed(
    'RFC 9110 7.6.2: OPTIONS with a Max-Forwards that is no number is refused',
    get('Host: a\r\nMax-Forwards: -1\r\n', 'OPTIONS / HTTP/1.1'),
  ),
]

const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body)

describe.each([plain, tls])('over $name', ({ startListener, rawExchange }) => {
  describe('refused before any route is looked at', () => {
    test.each(refused)('$title', async ({ bytes, status, code }) => {
      await using world = await startListener()
      // Because whatever follows on the connection must not be taken for another request.
      const answer = await rawExchange(world.port, bytes)
      expect({ status: statusOf(answer), code: codeOf(answer) }).toEqual({ status, code })
      expect(statusesOf(answer)).toHaveLength(1)
      expect(answer).toMatch(/\r\nConnection: close\r\n/i)
      expect(world.handled).toHaveLength(0)
    })
  })

  describe('a body that breaks off its framing', () => {
    test.each([
      ['RFC 9112 7.1: a chunk size of 0x3 is refused', chunked('0x3\r\nabc\r\n0\r\n\r\n')],
      ['RFC 9112 7.1: a bare LF behind a chunk size is refused', chunked('3\nabc\r\n0\r\n\r\n')],
      ['RFC 9112 7.1: a space behind a chunk size is refused', chunked('3 \r\nabc\r\n0\r\n\r\n')],
      ['RFC 9112 7.1: a chunk longer than its size is refused', chunked('3\r\nabcd\r\n0\r\n\r\n')],
      ['RFC 9112 7.1: a chunk size beyond 64 bits is refused', chunked(`${'f'.repeat(17)}\r\nabc`)],
      [
        'RFC 9112 7.1.1: endless chunk extensions are refused',
        chunked(`3;${'x'.repeat(40_000)}\r\nabc\r\n0\r\n\r\n`),
      ],
      [
        'RFC 9112 7.1.1: a bare LF in a chunk extension is refused',
        chunked('3;a\nabc\r\n0\r\n\r\n'),
      ],
      [
        'RFC 9110 6.5.1: Content-Length in a trailer is refused',
        chunked('0\r\nContent-Length: 4\r\n\r\n'),
      ],
    ])('%s', async (_title, bytes) => {
      await using world = await startListener()
      const answer = await rawExchange(world.port, bytes)
      expect(statusesOf(answer)).toEqual([400])
      expect(codeOf(answer)).toBe('request_malformed')
      await world.whenFinished(1)
      expect(world.finished).toHaveLength(1)
      expect(world.finished[0]!.received.record.refusal).toBe('request_malformed')
    })
  })

  describe('taken', () => {
    test.each([
      [
        'RFC 9112 6.1: the name of the chunked coding is case-insensitive',
        post('Transfer-Encoding: CHUNKED\r\n', '3\r\nabc\r\n0\r\n\r\n'),
        3,
      ],
      ['RFC 9112 7.1.1: chunk extensions are passed over', chunked('3;a=b\r\nabc\r\n0\r\n\r\n'), 3],
      ['RFC 9112 6.3: Content-Length bounds the body', post('Content-Length: 3\r\n', 'abc'), 3],
      [
        'RFC 9112 2.2: empty lines before a request are passed over',
        `\r\n\r\n${get('Host: a\r\n')}`,
        0,
      ],
      ['RFC 9110 5.5: bytes beyond ASCII in a value are taken', get('Host: a\r\nX-A: \xe9\r\n'), 0],
      [
        'RFC 9110 7.6.3: the name of another gateway in Via is no loop',
        get('Host: a\r\nVia: 1.1 postern-0000\r\n'),
        0,
      ],
      [
        'RFC 9110 7.8: an Upgrade to h2c is an ordinary request',
        get('Host: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n'),
        0,
      ],
      [
        'RFC 9110 7.8: Upgrade without Connection is an ordinary request',
        get('Host: a\r\nUpgrade: websocket\r\n'),
        0,
      ],
      [
        'RFC 9110 7.8: Upgrade in HTTP/1.0 is an ordinary request',
        get('Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n', 'GET / HTTP/1.0'),
        0,
      ],
    ])('%s', async (_title, bytes, length) => {
      await using world = await startListener()
      const answer = await rawExchange(world.port, bytes)
      expect(statusesOf(answer)).toEqual([200])
      expect(answer).toContain(`read ${length}`)
      expect(world.handled).toHaveLength(1)
      expect(world.handled[0]!.isUpgrade).toBe(false)
    })

    test('RFC 9112 9.3: bytes behind Connection: close do not take the answer away', async () => {
      await using world = await startListener()
      const answer = await rawExchange(
        world.port,
        `${get('Host: a\r\n')}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n`,
      )
      expect(statusesOf(answer)).toEqual([200])
      expect(world.handled.map(({ target }) => target)).toEqual(['/'])
    })

    test('RFC 9112 9.3.2: pipelined requests are answered in their order', async () => {
      await using world = await startListener()
      const answer = await rawExchange(
        world.port,
        `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab${get('Host: a\r\n', 'GET /3 HTTP/1.1')}`,
      )
      expect([...answer.matchAll(/read (\d)/g)].map(([, length]) => length)).toEqual([
        '0',
        '2',
        '0',
      ])
      await world.whenFinished(3)
      expect(world.finished.map(({ received }) => received.target)).toEqual(['/1', '/2', '/3'])
    })

    test('RFC 9110 10.1.1: nobody says 100 (Continue) before the request is forwarded', async () => {
      await using world = await startListener({
        handle: async (received) => {
          respond(received, { status: 403 })
        },
      })
      const answer = await rawExchange(
        world.port,
        post('Expect: 100-continue\r\nContent-Length: 5\r\n', ''),
      )
      expect(statusesOf(answer)).toEqual([403])
    })

    test('RFC 9110 7.6.2: OPTIONS with Max-Forwards: 0 is answered here and goes no further', async () => {
      await using world = await startListener()
      const answer = await rawExchange(
        world.port,
        get('Host: a\r\nMax-Forwards: 0\r\n', 'OPTIONS / HTTP/1.1'),
      )
      expect(statusOf(answer)).toBe(200)
      expect(answer).toMatch(/\r\nAllow: GET, HEAD, POST/)
      expect(world.handled).toHaveLength(0)
    })

    test('RFC 9110 7.6.2: Max-Forwards: 0 on a GET changes nothing', async () => {
      await using world = await startListener()
      await rawExchange(world.port, get('Host: a\r\nMax-Forwards: 0\r\n'))
      expect(world.handled).toHaveLength(1)
    })

    test('RFC 9110 15.5.9: a head that does not arrive in time is answered 408', async () => {
      await using world = await startListener({ listen: { headTimeout: '200ms' } })
      const answer = await rawExchange(world.port, 'GET / HTTP/1.1\r\nHost: a\r\n')
      expect({ status: statusOf(answer), code: codeOf(answer) }).toEqual({
        status: 408,
        code: 'request_timeout',
      })
      expect(world.handled).toHaveLength(0)
    })

    test('RFC 6585 5: many small fields are handed over in full, never cut at 2,000', async () => {
      await using world = await startListener({ listen: { maxFieldsSize: '1MiB' } })
      await rawExchange(world.port, get(`Host: a\r\n${'a:b\r\n'.repeat(2500)}X-Last: 1\r\n`))
      expect(world.handled[0]!.fields.length / 2).toBe(2503)
    })
  })
})
