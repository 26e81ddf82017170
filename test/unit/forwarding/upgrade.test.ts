import { describe, expect, test } from 'vitest'
import { startForwarding, type ForwardFixture } from '../../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'

const handshake =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n'
const switching =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s\r\nKeep-Alive: timeout=5\r\nSet-Cookie: postern=evil\r\n\r\n'

async function openUpgrades({ metrics }: ForwardFixture): Promise<number> {
  return (await metrics.openUpgrades.get()).values[0]!.value
}

/** An open WebSocket: the client's end and the upstream's. */
async function openWebSocket(
  gateway: ForwardFixture,
  upstream: Awaited<ReturnType<typeof startRawUpstream>>,
) {
  const client = connectRaw(gateway.port)
  client.send(handshake)
  await client.waitFor('\r\n\r\n')
  return { client, far: upstream.connections.at(-1)! }
}

describe('a WebSocket handshake', () => {
  test('reaches the upstream as one, and its 101 the client', async () => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url, { setCookies: ['postern=a'] })
    const { client, far } = await openWebSocket(gateway, upstream)
    expect(far.received.split('\r\n').slice(0, -2)).toEqual([
      'GET /chat HTTP/1.1',
      'host: a',
      'connection: upgrade',
      'upgrade: websocket',
      'Sec-WebSocket-Key: k',
      'Sec-WebSocket-Version: 13',
    ])
    const [status, ...fields] = client.received.split('\r\n').slice(0, -2)
    expect(status).toBe('HTTP/1.1 101 Switching Protocols')
    expect(fields.filter((field) => !field.startsWith('Date:'))).toEqual([
      'Sec-WebSocket-Accept: s',
      'Via: 1.1 postern-under-test',
      'Cache-Control: private',
      'Set-Cookie: postern=a',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ])
  })

  test('bytes behind it wait for the 101', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(`${handshake}early`)
    const far = await upstream.connection()
    await far.waitFor('\r\n\r\n')
    far.send(`${switching}first`)
    expect(await client.waitFor('first')).toMatch(/\r\n\r\nfirst$/)
    expect(await far.waitFor('early')).toMatch(/\r\n\r\nearly$/)
  })

  test('bytes behind it never reach an upstream that refuses', async () => {
    await using upstream = await startRawUpstream(
      answering('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: no\r\n\r\nno'),
    )
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(`${handshake}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n`)
    await client.waitForClose()
    expect(client.received).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\nX-Why: no\r\n[^]*\r\n\r\nno$/,
    )
    await upstream.connections[0]!.waitForClose()
    expect(upstream.connections[0]!.received).not.toContain('/admin')
    expect(await openUpgrades(gateway)).toBe(0)
  })

  test('a large refusal is passed on whole', async () => {
    const body = 'x'.repeat(8_000_000)
    await using upstream = await startRawUpstream(
      answering(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    )
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(handshake)
    await client.waitForClose()
    expect(client.received.length).toBeGreaterThan(body.length)
  })

  test.each([
    ['another protocol', switching.replace('Upgrade: websocket', 'Upgrade: h2c')],
    ['two protocols', switching.replace('Upgrade: websocket', 'Upgrade: websocket, h2c')],
    ['none', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['rubbish', 'rubbish\r\n\r\n'],
  ])('answered with %s is 502, and both connections end', async (_, answer) => {
    await using upstream = await startRawUpstream(answering(answer))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(handshake)
    await client.waitForClose()
    expect(client.received).toMatch(/^HTTP\/1\.1 502 [^]*upstream_invalid_response$/)
    await upstream.connections[0]!.waitForClose()
  })

  test('whose client leaves ends upstream too', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(handshake)
    const far = await upstream.connection()
    await far.waitFor('\r\n\r\n')
    client.socket.resetAndDestroy()
    await far.waitForClose()
  })
})

describe('an open WebSocket', () => {
  test('carries bytes both ways and is counted while it is open', async () => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url)
    const { client, far } = await openWebSocket(gateway, upstream)
    far.send('\x81\x02ab\xff')
    const read = await client.waitFor('ab\xff')
    expect(read.slice(-5)).toBe('\x81\x02ab\xff')
    client.send('\x81\x82yo')
    await far.waitFor('\x81\x82yo')
    expect(await openUpgrades(gateway)).toBe(1)
    client.socket.end()
    await far.waitForClose()
    await client.waitForClose()
    expect(await openUpgrades(gateway)).toBe(0)
    expect(gateway.finished.map(({ status }) => status)).toEqual([101])
  })

  test.each([
    ['the client resets', 'client', 'far'],
    ['the upstream resets', 'far', 'client'],
  ] as const)('ends on the other side when %s', async (_, breaking, other) => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url)
    const both = await openWebSocket(gateway, upstream)
    both[breaking].socket.resetAndDestroy()
    await both[other].waitForClose()
    await expect.poll(() => openUpgrades(gateway)).toBe(0)
  })

  test('what the upstream says last still arrives', async () => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url)
    const { client, far } = await openWebSocket(gateway, upstream)
    far.socket.end('goodbye')
    await client.waitFor('goodbye')
    await client.waitForClose()
  })

  test('a reader that stalls stops the writer', async () => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url)
    const { client, far } = await openWebSocket(gateway, upstream)
    client.socket.pause()
    const size = 64_000_000
    far.socket.write(Buffer.alloc(size))
    await expect
      .poll(() => far.socket.bytesWritten - far.socket.writableLength, { interval: 200 })
      .toBeGreaterThan(0)
    expect(far.socket.writableLength).toBeGreaterThan(0)
    client.socket.resume()
    await expect.poll(() => client.received.length, { timeout: 10_000 }).toBeGreaterThan(size)
  })

  test('silence for longer than idleTimeout ends it, traffic keeps it', async () => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url, {
      settings: { idleTimeout: '300ms' },
    })
    const { client, far } = await openWebSocket(gateway, upstream)
    for (let beat = 0; beat < 5; beat += 1) {
      far.send(`beat ${beat}`)
      await client.waitFor(`beat ${beat}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const start = performance.now()
    await client.waitForClose()
    await far.waitForClose()
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('ends with its session, and no other does', async () => {
    await using upstream = await startRawUpstream(answering(switching))
    await using gateway = await startForwarding(upstream.url, { sessionId: 'alice-1' })
    const first = await openWebSocket(gateway, upstream)
    const second = await openWebSocket(gateway, upstream)
    gateway.forwarding.closeUpgrades('alice-2')
    first.far.send('still here')
    await first.client.waitFor('still here')
    gateway.forwarding.closeUpgrades('alice-1')
    for (const { client, far } of [first, second]) {
      await client.waitForClose()
      await far.waitForClose()
    }
  })

  test('a handshake under way ends with its session', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url, { sessionId: 'alice-1' })
    const client = connectRaw(gateway.port)
    client.send(handshake)
    const far = await upstream.connection()
    await far.waitFor('\r\n\r\n')
    gateway.forwarding.closeUpgrades('alice-1')
    await client.waitForClose()
    await far.waitForClose()
  })
})
