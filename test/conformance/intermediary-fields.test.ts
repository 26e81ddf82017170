// What an intermediary does to the fields of a request, byte for byte: from the client's socket, through the
// listener, to the array that is sent upstream.

import { describe, expect, test } from 'vitest'
import { rawExchange } from '../support/httpClient.ts'
import {
  aPrincipal,
  identifyOverSockets,
  namesOf,
  valuesOf,
} from '../unit/identity/identifyOverSockets.ts'
import { codeOf, pseudonym, startListener, statusOf } from '../unit/listener/startListener.ts'

const principal = aPrincipal({ groups: ['staff'] })

describe('RFC 9110 7.6.1: fields of one connection end here', () => {
  test.each([
    'Connection: close',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eDp5',
    'Proxy-Authenticate: Basic',
    'TE: trailers',
    'Trailer: X-Sum',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
    'Expect: 100-continue',
  ])('RFC 9110 7.6.1: %s is not passed on', async (line) => {
    const fields = await identifyOverSockets([line], {}, 'POST / HTTP/1.1')
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    expect(namesOf(fields).map((field) => field.toLowerCase())).not.toContain(name)
  })

  test('RFC 9110 7.6.1: what Connection nominates is not passed on, in any case and over several fields', async () => {
    const fields = await identifyOverSockets([
      'Connection: X-Hop, x-other',
      'connection: X-THIRD',
      'x-hop: 1',
      'X-Other: 2',
      'X-Third: 3',
      'X-End-To-End: 4',
    ])
    expect(namesOf(fields)).toContain('X-End-To-End')
    expect(fields.join('\n').toLowerCase()).not.toMatch(/x-hop|x-other|x-third/)
  })

  test('RFC 9110 7.6.1: a client cannot nominate identity, Host, framing or Via away', async () => {
    const fields = await identifyOverSockets(
      [
        'Connection: X-Forwarded-User, X-Forwarded-Groups, X-Forwarded-For, Host, Content-Length, Via, Forwarded',
        'Content-Length: 0',
        'Via: 1.1 edge',
      ],
      { principal },
      'POST / HTTP/1.1',
    )
    expect(valuesOf(fields, 'X-Forwarded-User')).toEqual(['ada'])
    expect(valuesOf(fields, 'X-Forwarded-Groups')).toEqual(['staff'])
    expect(valuesOf(fields, 'X-Forwarded-For')).toEqual(['127.0.0.1'])
    expect(valuesOf(fields, 'Host')).toEqual(['app.example'])
    expect(valuesOf(fields, 'Content-Length')).toEqual(['0'])
    expect(valuesOf(fields, 'Via')).toEqual(['1.1 edge', `1.1 ${pseudonym}`])
  })

  test('RFC 9110 5.3: all other fields arrive as they were, in their order', async () => {
    const sent = ['Accept', '*/*', 'X-A', '1', 'x-a', '2', 'X-Bytes', '\xe9\xff', 'X-Empty', '']
    const lines = sent.filter((_n, at) => at % 2 === 0).map((n, at) => `${n}: ${sent[at * 2 + 1]}`)
    const fields = await identifyOverSockets(lines)
    expect(fields.slice(2, 2 + sent.length)).toEqual(sent)
  })
})

describe('RFC 9110 7.6.2, 7.6.3: hops', () => {
  test('RFC 9110 7.6.2: Max-Forwards on OPTIONS is one less', async () => {
    const fields = await identifyOverSockets(['Max-Forwards: 10'], {}, 'OPTIONS / HTTP/1.1')
    expect(valuesOf(fields, 'Max-Forwards')).toEqual(['9'])
  })

  test('RFC 9110 7.6.2: a Max-Forwards beyond what can be counted stays a number', async () => {
    const fields = await identifyOverSockets(
      [`Max-Forwards: ${'9'.repeat(400)}`],
      {},
      'OPTIONS / HTTP/1.1',
    )
    expect(valuesOf(fields, 'Max-Forwards')).toEqual([String(Number.MAX_SAFE_INTEGER)])
  })

  test('RFC 9110 7.6.2: Max-Forwards on another method is left alone', async () => {
    expect(valuesOf(await identifyOverSockets(['Max-Forwards: 10']), 'Max-Forwards')).toEqual([
      '10',
    ])
  })

  test('RFC 9110 7.6.3: Via names the version that was received', async () => {
    const fields = await identifyOverSockets(['Via: 1.0 a, 1.1 b'], {}, 'GET / HTTP/1.0')
    expect(valuesOf(fields, 'Via')).toEqual(['1.0 a, 1.1 b', `1.0 ${pseudonym}`])
  })
})

describe('RFC 7239: where the request came from', () => {
  test('RFC 7239 8.1: nobody is believed unless listed', async () => {
    const fields = await identifyOverSockets([
      'X-Forwarded-For: 192.0.2.1',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Port: 8443',
      'Forwarded: for=192.0.2.1;proto=https;host=evil.example',
    ])
    expect(fields.slice(2)).toEqual([
      'X-Forwarded-For',
      '127.0.0.1',
      'X-Forwarded-Host',
      'app.example',
      'X-Forwarded-Proto',
      'http',
      'X-Forwarded-Port',
      '80',
      'Forwarded',
      'for=127.0.0.1;host=app.example;proto=http',
      'Via',
      `1.1 ${pseudonym}`,
    ])
  })

  test('RFC 7239 4: what a trusted proxy says goes on, behind it the proxy itself', async () => {
    const fields = await identifyOverSockets(
      [
        'X-Forwarded-For: 198.51.100.9, 2001:DB8::0:1, 10.0.0.7',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: Shop.example',
        'X-Forwarded-Port: 8443',
      ],
      { listen: { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] } },
    )
    expect(fields).toEqual([
      'Host',
      'shop.example:8443',
      'X-Forwarded-For',
      '2001:db8::1, 10.0.0.7, 127.0.0.1',
      'X-Forwarded-Host',
      'shop.example:8443',
      'X-Forwarded-Proto',
      'https',
      'X-Forwarded-Port',
      '8443',
      'Forwarded',
      'for="[2001:db8::1]";host="shop.example:8443";proto=https, for=10.0.0.7, for=127.0.0.1',
      'Via',
      `1.1 ${pseudonym}`,
    ])
  })

  test('RFC 7239 4: what this gateway writes, another one that trusts it reads as the same client', async () => {
    const first = await identifyOverSockets(
      ['Forwarded: for="[2001:db8::1]:4711";proto=https;host="shop.example:8443"'],
      { listen: { trustedProxies: ['127.0.0.1'] } },
    )
    await using second = await startListener({
      listen: { trustedProxies: ['127.0.0.1'] },
      handle: async ({ response }) => void response.end(),
    })
    const lines = namesOf(first).map((name, at) => `${name}: ${first[at * 2 + 1]}`)
    const own = lines.filter((line) => !line.startsWith('Via:'))
    await rawExchange(
      second.port,
      ['GET / HTTP/1.1', ...own, 'Connection: close', '', ''].join('\r\n'),
    )
    expect(second.handled[0]!.client).toEqual({
      address: '2001:db8::1',
      scheme: 'https',
      authority: 'shop.example:8443',
      forwardedFor: '2001:db8::1, 127.0.0.1, 127.0.0.1',
    })
  })
})

const trusting = { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] }

describe('RFC 7239 4: the client that a trusted proxy names', () => {
  test.each([
    [['Forwarded: for=192.0.2.1'], '192.0.2.1', 'http', 'a.example'],
    [['Forwarded: For="192.0.2.1:80";PROTO=HTTPS;By=10.0.0.1'], '192.0.2.1', 'https', 'a.example'],
    [
      ['Forwarded: for=203.0.113.5, for=192.0.2.1;host=b.example'],
      '192.0.2.1',
      'http',
      'b.example',
    ],
    [
      ['Forwarded: for=192.0.2.1;proto=https', 'Forwarded: for=10.0.0.2;proto=http'],
      '192.0.2.1',
      'https',
      'a.example',
    ],
    [['Forwarded: proto=https'], '127.0.0.1', 'https', 'a.example'],
    [
      ['Forwarded: for=192.0.2.1;host="b\\.example:443";proto=https'],
      '192.0.2.1',
      'https',
      'b.example',
    ],
    [['X-Forwarded-For: garbage, 192.0.2.1'], '192.0.2.1', 'http', 'a.example'],
    [['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 10.1.1.1'], '192.0.2.1', 'http', 'a.example'],
    [['X-Forwarded-For: 10.2.2.2, 10.1.1.1'], '10.2.2.2', 'http', 'a.example'],
    [[`X-Forwarded-For: 192.0.2.1${', 10.0.0.1'.repeat(50)}`], '192.0.2.1', 'http', 'a.example'],
    [['X-Forwarded-For: 192.0.2.1:5555'], '192.0.2.1', 'http', 'a.example'],
    [['X-Forwarded-For: [2001:db8::1]:5555'], '2001:db8::1', 'http', 'a.example'],
    [['X-Forwarded-For: ::ffff:192.0.2.1'], '192.0.2.1', 'http', 'a.example'],
    [['X-Forwarded-For: 192.0.2.1, ::ffff:a00:1'], '192.0.2.1', 'http', 'a.example'],
    [['X-Forwarded-Proto: wss'], '127.0.0.1', 'https', 'a.example'],
    [['X-Forwarded-Proto: https, https'], '127.0.0.1', 'https', 'a.example'],
    [['X-Forwarded-Port: 443', 'X-Forwarded-Proto: https'], '127.0.0.1', 'https', 'a.example'],
    [
      ['X-Forwarded-Host: b.example:8443', 'X-Forwarded-Port: 443'],
      '127.0.0.1',
      'http',
      'b.example:8443',
    ],
  ] as const)('RFC 7239 4: %j', async (lines, address, scheme, authority) => {
    await using world = await startListener({ listen: trusting })
    await rawExchange(world.port, request(lines))
    expect(world.handled[0]!.client).toMatchObject({ address, scheme, authority })
  })

  test.each([
    [['Forwarded: for=unknown']],
    [['Forwarded: for=_hidden']],
    [['Forwarded: for=192.0.2.1;for=192.0.2.2']],
    [['Forwarded: for="192.0.2.1']],
    [['Forwarded: for=192.0.2.1;proto=gopher']],
    [['Forwarded: for=192.0.2.1;host=a/b']],
    [['Forwarded: for=2001:db8::1']],
    [['Forwarded: ']],
    [['Forwarded: ;']],
    [['X-Forwarded-For: unknown']],
    [[`X-Forwarded-For: 192.0.2.1${', 10.0.0.1'.repeat(100)}`]],
    [[`Forwarded: ${'for=10.0.0.1,'.repeat(100)}for=10.0.0.1`]],
    [['X-Forwarded-For: ']],
    [['X-Forwarded-For: 192.0.2.1,']],
    [['X-Forwarded-For: 192.0.2.256']],
    [['X-Forwarded-For: 192.0.2.1:99999999']],
    [['X-Forwarded-Proto: https, http']],
    [['X-Forwarded-Proto: __proto__']],
    [['X-Forwarded-Proto: ']],
    [['X-Forwarded-Host: b.example, c.example']],
    [['X-Forwarded-Host: b.example/path']],
    [['X-Forwarded-Port: 0']],
    [['X-Forwarded-Port: 80x']],
    [['X-Forwarded-For: 192.0.2.1', 'Forwarded: for=192.0.2.2']],
    [['X-Forwarded-For: 192.0.2.1', 'Forwarded: for=192.0.2.1;proto=https']],
    [['X-Forwarded-Host: b.example', 'Forwarded: for=127.0.0.1;host=c.example']],
  ])(
    'RFC 7239 8.1: %j of a trusted proxy is malformed or contradictory, and refused',
    async (lines) => {
      await using world = await startListener({ listen: trusting })
      const answer = await rawExchange(world.port, request(lines))
      expect({ status: statusOf(answer), code: codeOf(answer) }).toEqual({
        status: 400,
        code: 'request_malformed',
      })
      expect(world.handled).toHaveLength(0)
    },
  )
})

function request(lines: readonly string[]): string {
  return ['GET / HTTP/1.1', 'Host: a.example', 'Connection: close', ...lines, '', ''].join('\r\n')
}
