import { expect, test } from 'vitest'
import { startForwarding } from '../../support/forwardFixture.ts'
import { connectRaw, startRawUpstream } from '../../support/rawUpstream.ts'

test('an answer that nobody asked for never reaches the next request', async () => {
  await using upstream = await startRawUpstream(async (connection) => {
    for (let from = 0; ; from = connection.received.length) {
      const read = await connection.waitFor('\r\n\r\n', from).catch(() => undefined)
      if (read === undefined) return
      const path = read.slice(from).split(' ')[1]!
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`)
    }
  })
  const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret'
  await using gateway = await startForwarding(upstream.url, {
    // Because the bytes are with the kernel now, and the event loop cannot have read them before it goes on.
    beforeForward: ({ target }) => {
      if (target === '/next') upstream.connections.at(-1)!.send(stray)
    },
  })
  for (let round = 0; round < 5; round += 1) {
    const first = connectRaw(gateway.port)
    first.send('GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
    await first.waitFor('\r\n\r\n/first')
    const next = connectRaw(gateway.port)
    next.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await next.waitFor('\r\n\r\n')).toMatch(/\r\n\r\n\/next$/)
  }
  expect(upstream.connections).toHaveLength(6)
})
