import { describe, expect, test } from 'vitest'
import { startForwarding, type ForwardFixture } from '../../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function errorsOf({ metrics }: ForwardFixture): Promise<Record<string, number>> {
  const { values } = await metrics.upstreamErrors.get()
  return Object.fromEntries(
    values.map(({ labels, value }) => [`${labels.upstream} ${labels.code}`, value]),
  )
}

/** Milliseconds until the client has read `text`. */
async function timeUntil(port: number, request: string, text: string): Promise<number> {
  const client = connectRaw(port)
  const start = performance.now()
  client.send(request)
  await client.waitFor(text)
  return performance.now() - start
}

test('an upstream that is not there is 502 upstream_unreachable, counted and named', async () => {
  const upstream = await startRawUpstream()
  await upstream[Symbol.asyncDispose]()
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send(get)
  expect(await client.waitFor('upstream_unreachable')).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
  expect(gateway.refusals[0]!.detail).toBe('app: nobody listens at its address (ECONNREFUSED)')
  expect(await errorsOf(gateway)).toEqual({ 'app upstream_unreachable': 1 })
})

test('nothing that the upstream said is in the detail for the log', async () => {
  await using upstream = await startRawUpstream(answering('HTTP/1.1 200 OK\r\nsecret word\r\n\r\n'))
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send(get)
  await client.waitFor('upstream_invalid_response')
  expect(gateway.refusals[0]!.detail).toBe('app: the answer is no valid HTTP/1.1 (HTTPParserError)')
  expect(gateway.refusals[0]!.options.cause).toBeUndefined()
})

describe('an answer that breaks off', () => {
  test.each([
    ['with a length', 'Content-Length: 100\r\n\r\nhalf'],
    [
      'with a length, on a closing connection',
      'Connection: close\r\nContent-Length: 100\r\n\r\nhalf',
    ],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    [
      'in chunks, on a closing connection',
      'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    ],
  ])('%s cuts the client off, and is never taken for whole', async (_, rest) => {
    await using upstream = await startRawUpstream(answering(`HTTP/1.1 200 OK\r\n${rest}`))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('half')
    upstream.connections[0]!.socket.end()
    await client.waitForClose()
    expect(client.received).not.toContain('\r\n0\r\n')
    expect(await errorsOf(gateway)).toEqual({ 'app upstream_invalid_response': 1 })
  })

  test('in its head is 502', async () => {
    await using upstream = await startRawUpstream(answering('HTTP/1.1 200 OK\r\nX-A: \r'))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await (await upstream.connection()).waitFor('\r\n\r\n')
    upstream.connections[0]!.socket.end()
    await client.waitFor('upstream_invalid_response')
  })
})

describe('an upstream that closes at the moment of a request', () => {
  /** The first connection answers once, and hangs up on the second request. */
  const hangingUp = () =>
    startRawUpstream((connection) => {
      let requests = 0
      connection.socket.on('data', (text: string) => {
        requests += text.split('\r\n\r\n').length - 1
        if (requests === 1) connection.send(ok)
        else connection.socket.destroy()
      })
    })

  test.each([
    ['GET', '', true],
    ['HEAD', '', true],
    ['POST', 'Content-Length: 0\r\n', false],
    ['DELETE', '', false],
    ['GET', 'Content-Length: 4\r\n', false],
  ])('%s %j is sent once more: %s', async (method, framing, isRepeated) => {
    await using upstream = await hangingUp()
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('ok')
    client.send(
      `${method} /2 HTTP/1.1\r\nHost: a\r\n${framing}\r\n${framing.includes('4') ? 'body' : ''}`,
    )
    const second = await client.waitFor('\r\n\r\n', client.received.length)
    expect(second.match(/HTTP\/1\.1 \d+/g)![1]).toBe(isRepeated ? 'HTTP/1.1 200' : 'HTTP/1.1 502')
    expect(upstream.connections).toHaveLength(isRepeated ? 2 : 1)
  })

  test('a GET is sent twice at the most', async () => {
    await using upstream = await startRawUpstream(async (connection) => {
      await connection.waitFor('\r\n\r\n')
      connection.socket.destroy()
    })
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('upstream_unreachable')
    expect(upstream.connections).toHaveLength(2)
  })
})

test('an upstream whose connections are all taken gets no endless queue, only 503', async () => {
  await using upstream = await startRawUpstream()
  await using gateway = await startForwarding(upstream.url, { settings: { connections: 1 } })
  connectRaw(gateway.port).send(get.replace('/', '/taken'))
  const connection = await upstream.connection()
  await connection.waitFor('/taken')
  const waiting = Array.from({ length: 3 }, () => connectRaw(gateway.port))
  for (const client of waiting) client.send(get)
  const refused = await Promise.race(
    waiting.map(async (client) => {
      expect(await client.waitFor('upstream_overloaded')).toMatch(/^HTTP\/1\.1 503 /)
      return client
    }),
  )
  expect(await errorsOf(gateway)).toEqual({ 'app upstream_overloaded': 1 })
  // Once there is a connection again, whoever waited has the turn, and whoever was refused may come back.
  connection.socket.on('data', () => connection.send(ok))
  connection.send(ok)
  for (const client of waiting) if (client !== refused) await client.waitFor('\r\n\r\nok')
  refused.send(get)
  await refused.waitFor('\r\n\r\nok')
})

describe('time limits', () => {
  test('responseTimeout: no head within 200ms is 504, and the upstream connection is gone', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url, {
      settings: { responseTimeout: '200ms' },
    })
    const took = await timeUntil(gateway.port, get, 'upstream_timeout')
    expect(took).toBeGreaterThan(190)
    expect(took).toBeLessThan(5000)
    await upstream.connections[0]!.waitForClose()
    expect(await errorsOf(gateway)).toEqual({ 'app upstream_timeout': 1 })
    expect(gateway.refusals[0]!.detail).toBe('app: no answer within responseTimeout')
  })

  test('responseTimeout counts from the end of the request, however slow the client sends it', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url, {
      settings: { responseTimeout: '200ms' },
    })
    const client = connectRaw(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
    const connection = await upstream.connection()
    await connection.waitFor('\r\n\r\na')
    await new Promise((resolve) => setTimeout(resolve, 450))
    client.send('b')
    await connection.waitFor('ab')
    connection.send(ok)
    expect(await client.waitFor('ok')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('a client that stops in the middle of its body for longer than idleTimeout is 408', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url, {
      settings: { responseTimeout: '100ms', idleTimeout: '300ms' },
    })
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na'
    const client = connectRaw(gateway.port)
    const start = performance.now()
    client.send(head)
    expect(await client.waitFor('request_timeout')).toMatch(/\r\nConnection: close\r\n/)
    const took = performance.now() - start
    expect(took).toBeGreaterThan(290)
    expect(took).toBeLessThan(5000)
    await client.waitForClose()
    await upstream.connections[0]!.waitForClose()
    expect(await errorsOf(gateway)).toEqual({})
  })

  test('responseTimeout holds for an upstream that takes no more of the body', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.pause())
    await using gateway = await startForwarding(upstream.url, {
      settings: { responseTimeout: '200ms' },
    })
    const client = connectRaw(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n')
    client.socket.write(Buffer.alloc(50_000_000))
    expect(await client.waitFor('upstream_timeout')).toMatch(/^HTTP\/1\.1 504 /)
  })

  test('a request gets no longer for a free connection than for its connection and its answer', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url, {
      settings: { connections: 1, responseTimeout: '300ms', connectTimeout: '100ms' },
    })
    const body = 'POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1'
    connectRaw(gateway.port).send(body)
    await (await upstream.connection()).waitFor('/first')
    const took = await timeUntil(gateway.port, get, 'upstream_timeout')
    expect(took).toBeGreaterThan(390)
    expect(took).toBeLessThan(5000)
  })

  test('idleTimeout: silence of 200ms in the middle of an answer cuts the client off', async () => {
    await using upstream = await startRawUpstream(answering(ok.replace(': 2', ': 9')))
    await using gateway = await startForwarding(upstream.url, {
      settings: { idleTimeout: '200ms' },
    })
    const client = connectRaw(gateway.port)
    const start = performance.now()
    client.send(get)
    await client.waitForClose()
    expect(client.received).toMatch(/^HTTP\/1\.1 200 [^]*ok$/)
    expect(performance.now() - start).toBeGreaterThan(190)
    expect(performance.now() - start).toBeLessThan(5000)
    await upstream.connections[0]!.waitForClose()
  })

  test('an answer that goes on is never cut, however long it takes', async () => {
    await using upstream = await startRawUpstream(
      answering('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'),
    )
    await using gateway = await startForwarding(upstream.url, {
      settings: { idleTimeout: '200ms' },
    })
    const client = connectRaw(gateway.port)
    client.send(get)
    for (const letter of 'forever') {
      await client.waitFor('\r\n\r\n')
      await new Promise((resolve) => setTimeout(resolve, 80))
      upstream.connections[0]!.send(letter)
    }
    await client.waitFor('forever')
  })

  test('connectTimeout: an upstream that does not take the connection within 200ms is 504', async () => {
    // Because a connection to https is there only once hands were shaken, which this one never does.
    await using silent = await startRawUpstream()
    await using gateway = await startForwarding(silent.url.replace('http:', 'https:'), {
      settings: { connectTimeout: '200ms' },
    })
    const took = await timeUntil(gateway.port, get, 'upstream_timeout')
    expect(took).toBeGreaterThan(190)
    expect(took).toBeLessThan(5000)
  })
})
