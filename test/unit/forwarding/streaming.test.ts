import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startForwarding } from '../../support/forwardFixture.ts'
import { answering, connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const MiB = 1024 ** 2
const large = 256 * MiB
// What the kernel keeps for two loopback connections, and node's own buffers: far less than what is sent.
const mostBuffered = 64 * MiB

/** Writes `size` bytes as fast as they are taken. */
async function pour(socket: Socket, size: number): Promise<void> {
  const chunk = Buffer.alloc(256 * 1024, 'x')
  for (let sent = 0; sent < size; sent += chunk.length) {
    if (!socket.write(chunk)) await once(socket, 'drain')
  }
}

/** Reads `size` bytes and forgets them; resolves with the peak growth of memory outside the heap. */
async function drink(socket: Socket, size: number): Promise<number> {
  const before = process.memoryUsage().arrayBuffers
  let read = 0
  let peak = 0
  socket.removeAllListeners('data')
  for await (const text of socket as AsyncIterable<string>) {
    read += text.length
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
    if (read >= size) return peak
  }
  throw new Error(`ended after ${read} bytes`)
}

/** Resolves with the bytes that went out until nothing more was taken for 300 ms. */
async function pourUntilStalled(socket: Socket): Promise<number> {
  const chunk = Buffer.alloc(256 * 1024)
  for (let sent = 0; ; sent += chunk.length) {
    if (socket.write(chunk)) continue
    const drained = once(socket, 'drain').then(() => true)
    const stalled = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false))
    if (!(await Promise.race([drained, stalled]))) return sent
  }
}

/** Whether it comes to be so within 400 ms. */
async function comesToBe(isSo: () => boolean): Promise<boolean> {
  for (const until = Date.now() + 400; Date.now() < until && !isSo();) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return isSo()
}

describe('large bodies', () => {
  test('256 MiB go up in flat memory', async () => {
    await using upstream = await startRawUpstream()
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${large}\r\n\r\n`)
    const pouring = pour(client.socket, large)
    const { socket } = await upstream.connection()
    expect(await drink(socket, large)).toBeLessThan(mostBuffered)
    await pouring
  })

  test.each([`Content-Length: ${large}`, 'Connection: close'])(
    '256 MiB come down in flat memory (%s)',
    async (framing) => {
      await using upstream = await startRawUpstream(
        answering(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`),
      )
      await using gateway = await startForwarding(upstream.url)
      const client = connectRaw(gateway.port)
      client.send(get)
      await client.waitFor('\r\n\r\n')
      const pouring = pour(upstream.connections[0]!.socket, large)
      expect(await drink(client.socket, large)).toBeLessThan(mostBuffered)
      await pouring
    },
  )

  test('a client that stops reading stops the upstream, and goes on where it was', async () => {
    await using upstream = await startRawUpstream(
      answering(`HTTP/1.1 200 OK\r\nContent-Length: ${large}\r\n\r\n`),
    )
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('\r\n\r\n')
    client.socket.pause()
    const { socket } = upstream.connections[0]!
    const sent = await pourUntilStalled(socket)
    expect(sent).toBeLessThan(mostBuffered)
    const pouring = pour(socket, large - sent - 256 * 1024)
    await drink(client.socket, large - 256 * 1024)
    await pouring
  })

  test('an upstream that stops reading stops the client', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.pause())
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${large}\r\n\r\n`)
    expect(await pourUntilStalled(client.socket)).toBeLessThan(mostBuffered)
  })

  test('a client that stops reading for longer than idleTimeout is cut off', async () => {
    await using upstream = await startRawUpstream(
      answering(`HTTP/1.1 200 OK\r\nContent-Length: ${large}\r\n\r\n`),
    )
    await using gateway = await startForwarding(upstream.url, {
      settings: { idleTimeout: '500ms' },
    })
    const client = connectRaw(gateway.port)
    client.send(get)
    await client.waitFor('\r\n\r\n')
    client.socket.pause()
    const connection = upstream.connections[0]!
    connection.socket.write(Buffer.alloc(mostBuffered))
    await connection.waitForClose()
    expect(gateway.refusals.map(({ code }) => code)).toEqual(['request_timeout'])
  })
})

test(
  'a client that never reads what has been answered is cut off',
  { timeout: 60_000 },
  async () => {
    const body = 'x'.repeat(16_000)
    await using upstream = await startRawUpstream(
      answering(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    )
    await using gateway = await startForwarding(upstream.url, { settings: { idleTimeout: '2s' } })
    const client = connectRaw(gateway.port)
    await once(client.socket, 'connect')
    client.socket.pause()
    // Until the kernel takes no more: what is left waits in the gateway, and nothing more is read of the client.
    let sent = 0
    do {
      client.send(get.repeat(50))
      sent += 50
    } while (await comesToBe(() => gateway.finished.length >= sent))
    await expect.poll(() => gateway.finished.length, { timeout: 40_000 }).toBe(sent)
    client.socket.resume()
    await client.waitForClose()
    expect(client.received.split('HTTP/1.1 200 OK').length - 1).toBeLessThan(sent)
  },
)

test('every event of a stream arrives by itself, the head before the first', async () => {
  await using upstream = await startRawUpstream(
    answering('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'),
  )
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send(get)
  await client.waitFor('text/event-stream')
  for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
    upstream.connections[0]!.send(event)
    await client.waitFor(event)
  }
  client.socket.destroy()
  await upstream.connections[0]!.waitForClose()
})

test('a small answer leaves in one write, head and body, its bytes unchanged', async () => {
  const body = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
  await using upstream = await startRawUpstream(
    answering(`HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n${body}`),
  )
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  const reads: string[] = []
  client.socket.on('data', (text: string) => reads.push(text))
  client.send(get)
  await client.waitFor(body)
  expect(reads).toHaveLength(1)
})

test('a body that comes after its head, in pieces, is whole', async () => {
  await using upstream = await startRawUpstream(
    answering('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n'),
  )
  await using gateway = await startForwarding(upstream.url)
  const client = connectRaw(gateway.port)
  client.send(get)
  await client.waitFor('\r\n\r\n')
  for (const piece of ['ab', 'cd', 'ef']) {
    upstream.connections[0]!.send(piece)
    await client.waitFor(piece)
  }
  expect(client.received).toMatch(/\r\n\r\nabcdef$/)
  client.send(get)
  await upstream.connections[0]!.waitFor(get.split('\r\n')[0]!, 10)
})

describe('an answer before the end of the request', () => {
  test('reaches the client, whose connection lives on', async () => {
    const refusal = 'HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig'
    await using upstream = await startRawUpstream(answering(refusal))
    await using gateway = await startForwarding(upstream.url)
    const client = connectRaw(gateway.port)
    client.send(`POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${8 * MiB}\r\n\r\nx`)
    expect(await client.waitFor('\r\n\r\nbig')).toMatch(/^HTTP\/1\.1 413 Too Large\r\n/)
    await upstream.connections[0]!.waitForClose()
    client.socket.write(Buffer.alloc(8 * MiB - 1))
    client.send(get)
    await client.waitFor('\r\n\r\nbig', client.received.length)
    expect((await upstream.connection(1)).received).toMatch(/^GET \/ HTTP\/1\.1\r\n/)
  })
})
