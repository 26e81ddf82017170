import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { respond } from '../../../src/http/respond.ts'
import { startForwarding } from '../../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Sends the bytes through a gateway and returns what the upstream read once `last` is in it. */
async function whatUpstreamReads(bytes: string, last = '\r\n\r\n'): Promise<string> {
  await using upstream = await startRawUpstream(answering(ok))
  await using gateway = await startForwarding(upstream.url)
  connectRaw(gateway.port).send(bytes)
  return await (await upstream.connection()).waitFor(last)
}

describe('the request head', () => {
  test('path and query reach the upstream as they came', async () => {
    const target = '/a%2Fb/%7euser/%E9?q=%zz&r=a+b&&s="<>'
    const read = await whatUpstreamReads(`GET ${target} HTTP/1.1\r\nHost: app.test\r\n\r\n`)
    expect(read.split('\r\n')[0]).toBe(`GET ${target} HTTP/1.1`)
  })

  test('fields reach the upstream as the earlier rooms wrote them, in order and case', async () => {
    const read = await whatUpstreamReads(
      'GET / HTTP/1.1\r\nHost: app.test:81\r\nX-One: 1\r\nx-one: 2\r\nX-Latin: \xe9\xff\r\nCookie: a=b\r\n\r\n',
    )
    expect(read.split('\r\n').slice(1, -2)).toEqual([
      'host: app.test:81',
      'connection: keep-alive',
      'X-One: 1',
      'x-one: 2',
      'X-Latin: \xe9\xff',
      'Cookie: a=b',
    ])
  })
})

describe('request framing', () => {
  const methods = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'PROPFIND', 'REPORT']

  test.each(methods)(
    'a %s with a body carries a framing field and is one request',
    async (method) => {
      const smuggled = 'GET /admin HTTP/1.1\r\nHost: app.test\r\n\r\n'
      const read = await whatUpstreamReads(
        `${method} /a HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
        smuggled,
      )
      const [head = '', ...body] = read.split('\r\n\r\n')
      expect(head.toLowerCase()).toContain(`\r\ncontent-length: ${smuggled.length}`)
      expect(head.toLowerCase()).not.toContain('transfer-encoding')
      // An upstream that ignores such a body must not go on to read it as a request.
      const isUsual = ['POST', 'PUT', 'PATCH', 'PROPFIND'].includes(method)
      expect(head.toLowerCase().includes('\r\nconnection: close')).toBe(!isUsual)
      expect(body.join('\r\n\r\n')).toBe(smuggled)
    },
  )

  test.each(methods)('a chunked %s is framed once', async (method) => {
    const read = await whatUpstreamReads(
      `${method} /a HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      'hello',
    )
    const framing = read
      .toLowerCase()
      .match(/\r\n(content-length: 5|transfer-encoding: chunked)\r\n/g)
    expect(framing).toHaveLength(1)
  })

  test('a body that arrives bit by bit keeps its content-length', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send('DELETE /a HTTP/1.1\r\nHost: app.test\r\nContent-Length: 6\r\n\r\none')
    const connection = await upstream.connection()
    expect(await connection.waitFor('one')).toContain('content-length: 6\r\n')
    client.send('two')
    expect(await connection.waitFor('two')).toMatch(/\r\n\r\nonetwo$/)
  })

  test('no body is none: a GET without framing field, a POST with content-length 0', async () => {
    const get = await whatUpstreamReads('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(get.toLowerCase()).not.toMatch(/content-length|transfer-encoding/)
    const post = await whatUpstreamReads('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
    expect(post).toMatch(/\r\ncontent-length: 0\r\n\r\n$/)
  })

  test.each(['Content-Length: 10', 'Transfer-Encoding: chunked'])(
    'a client that leaves in the middle of a body (%s) has its upstream connection destroyed',
    async (framing) => {
      await using upstream = await startRawUpstream()
      await using gateway = await startForwarding(upstream.url)
      const client = connectRaw(gateway.port)
      const start = framing.startsWith('C') ? 'hello' : '5\r\nhello\r\n'
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${start}`)
      const connection = await upstream.connection()
      await connection.waitFor('hello')
      client.socket.destroy()
      await connection.waitForClose()
      expect(connection.received).toMatch(/hello(\r\n)?$/)
    },
  )

  test('an upstream connection is used again after a whole request and answer', async () => {
    await using upstream = await startRawUpstream(answering(ok))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.waitFor('ok')
    client.send('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    await (await upstream.connection()).waitFor('GET /2 ')
    expect(upstream.connections).toHaveLength(1)
  })
})

describe('Expect: 100-continue', () => {
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'

  test('the client is told to go on, once, and the upstream hears nothing of it', async () => {
    await using upstream = await startRawUpstream(answering(ok))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(head)
    await client.waitFor('\r\n\r\n')
    expect(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.send('body')
    expect(await (await upstream.connection()).waitFor('body')).not.toMatch(/expect/i)
    expect((await client.waitFor('ok')).match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 100',
      'HTTP/1.1 200',
    ])
  })

  test('an HTTP/1.0 client is not told to go on', async () => {
    await using upstream = await startRawUpstream(answering(ok))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(`${head.replace('1.1', '1.0')}body`)
    expect(await client.waitFor('ok')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('a client whose upstream cannot be reached is not told to go on', async () => {
    const upstream = await startRawUpstream()
    await upstream[Symbol.asyncDispose]()
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(head)
    expect(await client.waitFor('upstream_unreachable')).toMatch(/^HTTP\/1\.1 502 /)
  })
})

test('a request that was refused meanwhile is not forwarded', async () => {
  await using upstream = await startRawUpstream(answering(ok))
  await using gateway = await startForwarding(upstream.url, {
    beforeForward: async (received) => {
      if (received.target !== '/refused') return
      respond(received, { status: 400, body: 'broken body' })
      await once(received.response, 'close')
    },
  })
  const client = connectRaw(gateway.port)
  client.send('GET /refused HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.waitFor('broken body')
  client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.waitFor('\r\n\r\nok')
  expect(upstream.connections.map(({ received }) => received.split(' ', 2)[1])).toEqual(['/next'])
})

test('a client that leaves while it waits for a connection is never heard of upstream', async () => {
  await using upstream = await startRawUpstream()
  await using gateway = await startForwarding(upstream.url, { settings: { connections: 1 } })
  const first = connectRaw(gateway.port)
  first.send('GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
  const connection = await upstream.connection()
  await connection.waitFor('/first')
  const second = connectRaw(gateway.port)
  second.send('GET /second HTTP/1.1\r\nHost: a\r\n\r\n')
  const third = connectRaw(gateway.port)
  third.send('GET /third HTTP/1.1\r\nHost: a\r\n\r\n')
  second.socket.resetAndDestroy()
  await expect.poll(() => gateway.finished.length).toBe(1)
  connection.send(ok)
  expect(await connection.waitFor('/third')).not.toContain('/second')
  expect(upstream.connections).toHaveLength(1)
})

test('a client that leaves before the answer has its upstream connection destroyed', async () => {
  await using upstream = await startRawUpstream()
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const connection = await upstream.connection()
  await connection.waitFor('\r\n\r\n')
  client.socket.destroy()
  await connection.waitForClose()
})

test('a client that leaves behind a pipelined request has that one ended as well', async () => {
  await using upstream = await startRawUpstream()
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  const both = [await upstream.connection(0), await upstream.connection(1)]
  for (const connection of both) await connection.waitFor('\r\n\r\n')
  client.socket.destroy()
  for (const connection of both) await connection.waitForClose()
})

test('close ends what is still under way', async () => {
  await using upstream = await startRawUpstream()
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const connection = await upstream.connection()
  await connection.waitFor('\r\n\r\n')
  const closed = once(connection.socket, 'close')
  await gateway.forwarding.close()
  await closed
  expect(await client.waitFor('\r\n\r\n')).toMatch(/^HTTP\/1\.1 502 /)
})
