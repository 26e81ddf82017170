import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { startForwarding, type ForwardFixtureOptions } from '../../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'

const MiB = 1024 ** 2
const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** What a client reads, up to the end of the connection, where the upstream says `answer` and hangs up if told so. */
async function whatClientReads(
  answer: string,
  { request = get, hangUp = false, ...options }: ForwardFixtureOptions & Asked = {},
): Promise<string> {
  await using upstream = await startRawUpstream(async (connection) => {
    if (!hangUp) return answering(answer)(connection)
    await connection.waitFor('\r\n\r\n')
    connection.socket.end(answer, 'latin1')
  })
  await using gateway = await startForwarding(upstream.url, options)
  const client = connectRaw(gateway.port)
  client.send(request)
  await client.waitForClose()
  return client.received
}

interface Asked {
  readonly request?: string
  /** The upstream closes behind its answer. */
  readonly hangUp?: boolean
}

function fieldsOf(read: string): string[] {
  return read.split('\r\n\r\n')[0]!.split('\r\n').slice(1)
}

function valuesOf(read: string, name: string): string[] {
  return fieldsOf(read)
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim())
}

function bodyOf(read: string): string {
  return read.slice(read.indexOf('\r\n\r\n') + 4)
}

describe('the response head', () => {
  test('end-to-end fields pass in order, case and bytes; nothing but Via is added', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 299 As I Please\r\nX-A: 1\r\nx-a: 2\r\nX-Empty:\r\nX-Latin: \xe9\xff\r\nDate: then\r\nContent-Length: 0\r\n\r\n',
    )
    expect(read.split('\r\n\r\n')[0]!.split('\r\n')).toEqual([
      'HTTP/1.1 299 As I Please',
      'X-A: 1',
      'x-a: 2',
      'X-Empty: ',
      'X-Latin: \xe9\xff',
      'Date: then',
      'Content-Length: 0',
      'Via: 1.1 postern-under-test',
      'Connection: close',
    ])
  })

  test('hop-by-hop fields and those that Connection nominates end here', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 200 OK\r\nX-Private: 1\r\nConnection: keep-alive, X-Private, x-other\r\nKeep-Alive: timeout=9\r\n' +
        'X-Other: 1\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n',
    )
    expect(read).not.toMatch(/x-private|x-other|proxy-authenticate|upgrade|timeout=9/i)
    expect(valuesOf(read, 'x-kept')).toEqual(['1'])
  })

  test('a reason phrase that is no ASCII is replaced by the usual one', async () => {
    const read = await whatClientReads('HTTP/1.1 200 D\xe9j\xe0\r\nContent-Length: 0\r\n\r\n')
    expect(read).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})

describe('cookies', () => {
  test('an upstream cannot set a cookie of our names, in any spelling', async () => {
    const cookies = [
      'postern=evil; Path=/',
      '__Host-postern=evil; Path=/; Secure',
      '__host-POSTERN=evil',
      'postern.1=evil',
      'postern-login-x=evil',
      ' postern =evil',
      '=postern=evil',
      'posterns=fine',
      'sid=postern=fine; Path=/',
    ].map((cookie) => `Set-Cookie: ${cookie}\r\n`)
    const read = await whatClientReads(
      `HTTP/1.1 200 OK\r\n${cookies.join('')}Content-Length: 0\r\n\r\n`,
    )
    expect(valuesOf(read, 'set-cookie')).toEqual(['posterns=fine', 'sid=postern=fine; Path=/'])
  })

  test("our cookies are added behind the upstream's", async () => {
    const read = await whatClientReads(
      'HTTP/1.1 200 OK\r\nSet-Cookie: theirs=1\r\nContent-Length: 0\r\n\r\n',
      { setCookies: ['postern=a; HttpOnly', 'postern.1=b'] },
    )
    expect(valuesOf(read, 'set-cookie')).toEqual(['theirs=1', 'postern=a; HttpOnly', 'postern.1=b'])
  })

  test('our cookies leave with a refusal too', async () => {
    const read = await whatClientReads('rubbish', { setCookies: ['postern=a'] })
    expect(read).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
    expect(valuesOf(read, 'set-cookie')).toEqual(['postern=a'])
  })
})

describe('Cache-Control', () => {
  const answer = (...fields: string[]): string =>
    ['HTTP/1.1 200 OK', ...fields, 'Content-Length: 0', '', ''].join('\r\n')

  test.each([
    ['nobody is signed in and the upstream says nothing', [], {}, []],
    ['somebody is signed in and the upstream says nothing', [], { sessionId: 's' }, ['private']],
    [
      'somebody is signed in and the upstream says something',
      ['Cache-Control: public, max-age=9'],
      { sessionId: 's' },
      ['public, max-age=9'],
    ],
    ['we set a cookie', [], { setCookies: ['postern=a'] }, ['private']],
    [
      'we set a cookie on what the upstream lets everybody store',
      ['Cache-Control: public', 'cache-control: max-age=9'],
      { sessionId: 's', setCookies: ['postern=a'] },
      ['private'],
    ],
    [
      'we set a cookie on what is to be revalidated',
      ['Cache-Control: No-Cache'],
      { setCookies: ['postern=a'] },
      ['private, no-cache'],
    ],
    [
      'we set a cookie on what nobody may store',
      ['Cache-Control: no-store, max-age=0'],
      { setCookies: ['postern=a'] },
      ['no-store, max-age=0'],
    ],
    [
      'we set a cookie and only one field is private',
      ['Cache-Control: private="x-a", max-age=9'],
      { setCookies: ['postern=a'] },
      ['private'],
    ],
  ])('is right where %s', async (_, fields, options, expected) => {
    const read = await whatClientReads(answer(...fields), options)
    expect(valuesOf(read, 'cache-control')).toEqual(expected)
  })
})

describe('framing of answers', () => {
  test.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    ['a list of lengths', 'Content-Length: 2, 2\r\n\r\nok'],
    ['a signed length', 'Content-Length: +2\r\n\r\nok'],
    ['a hexadecimal length', 'Content-Length: 0x2\r\n\r\nok'],
    ['an empty length', 'Content-Length:\r\n\r\nok'],
    ['a length beyond numbers', 'Content-Length: 99999999999999999999\r\n\r\nok'],
    [
      'a length and chunks',
      'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['an unknown coding', 'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['an unknown coding alone', 'Transfer-Encoding: gzip\r\n\r\nok'],
    [
      'a nominated unknown coding',
      'Connection: transfer-encoding\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a field name with a space', 'X A: 1\r\nContent-Length: 2\r\n\r\nok'],
    ['a control character', 'X-A: a\x01b\r\nContent-Length: 2\r\n\r\nok'],
    ['a head that does not end', `X-A: ${'a'.repeat(70_000)}`],
  ])('%s: 502, and nothing of it reaches the client', async (_, rest) => {
    const read = await whatClientReads(`HTTP/1.1 200 OK\r\n${rest}`, { hangUp: true })
    expect(read).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
    expect(bodyOf(read)).toBe('upstream_invalid_response')
  })

  test.each(['HTTP/1.1 099 Odd\r\n\r\n', 'HTTP/1.1 20 OK\r\n\r\n', 'SSH-2.0-OpenSSH\r\n'])(
    'what is no HTTP/1.1 answer is 502: %j',
    async (answer) => {
      expect(await whatClientReads(answer, { hangUp: true })).toMatch(/^HTTP\/1\.1 502 /)
    },
  )

  test('101 in answer to an ordinary request is 502', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    expect(bodyOf(read)).toBe('upstream_invalid_response')
    expect(bodyOf(await whatClientReads('HTTP/1.1 101 Switching Protocols\r\n\r\n'))).toBe(
      'upstream_invalid_response',
    )
  })

  test('chunks pass with their content, without trailers that would change the meaning', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n' +
        'X-Sum: 6\r\nSet-Cookie: postern=evil\r\nhost: b\r\nCache-Control: public\r\n\r\n',
    )
    expect(valuesOf(read, 'trailer')).toEqual(['X-Sum'])
    expect(bodyOf(read)).toBe('3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n')
  })

  test('an answer with a second framing in its trailers is cut off', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n',
    )
    expect(bodyOf(read)).toBe('3\r\nabc\r\n')
  })

  test('an HTTP/1.0 client gets chunks without their coding, up to the end of the connection', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n',
      { request: 'GET / HTTP/1.0\r\nHost: a\r\n\r\n' },
    )
    expect(read).not.toMatch(/transfer-encoding|trailer/i)
    expect(bodyOf(read)).toBe('abc')
  })

  test.each(['1.0', '1.1'])(
    'an HTTP/%s answer without length ends with its connection',
    async (version) => {
      const read = await whatClientReads(`HTTP/${version} 200 OK\r\n\r\nall of it`, {
        hangUp: true,
      })
      expect(read).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(bodyOf(read)).toBe('9\r\nall of it\r\n0\r\n\r\n')
    },
  )

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', ['5']],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', []],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', ['5']],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', []],
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', []],
  ])('%s answered %j has no body', async (method, answer, lengths) => {
    const read = await whatClientReads(answer, { request: get.replace('GET', method) })
    expect(bodyOf(read)).toBe('')
    expect(valuesOf(read, 'content-length')).toEqual(lengths)
    expect(valuesOf(read, 'transfer-encoding')).toEqual([])
  })

  test('an answer without length whose connection is reset is cut off', async () => {
    await using upstream = await startRawUpstream(answering('HTTP/1.1 200 OK\r\n\r\nnot all'))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('not all')
    upstream.connections[0]!.socket.resetAndDestroy()
    await client.waitForClose()
    expect(bodyOf(client.received)).toBe('7\r\nnot all\r\n')
  })

  test('a second answer on the same read reaches nobody', async () => {
    const read = await whatClientReads(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray',
    )
    expect(bodyOf(read)).toBe('ok')
  })
})

describe('interim answers', () => {
  const hints =
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nSet-Cookie: postern=evil\r\n\r\n'
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

  test('103 is passed to an HTTP/1.1 client before the answer', async () => {
    await using upstream = await startRawUpstream(answering(hints))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    expect(await client.waitFor('\r\n\r\n')).toBe(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nVia: 1.1 postern-under-test\r\n\r\n',
    )
    upstream.connections[0]!.send(ok)
    expect(await client.waitFor('\r\n\r\nok')).toContain('HTTP/1.1 200 OK\r\n')
  })

  test('those that a client does not read are dropped, not kept in memory', async () => {
    await using upstream = await startRawUpstream(answering('HTTP/1.1 102 Processing\r\n\r\n'))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('\r\n\r\n')
    client.socket.pause()
    const { socket } = upstream.connections[0]!
    const long = hints.replace('a.css', 'a'.repeat(16_000))
    for (let sent = 0; sent < 32; sent += 1) {
      if (!socket.write(long.repeat(64))) await once(socket, 'drain')
    }
    upstream.connections[0]!.send(ok)
    client.socket.resume()
    expect((await client.waitFor('\r\n\r\nok')).length).toBeLessThan(24 * MiB)
  })

  test('103 is kept from an HTTP/1.0 client', async () => {
    const read = await whatClientReads(hints + ok, { request: get.replace('1.1', '1.0') })
    expect(read).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})
