// Schemes that sign in a connection and not a request: whoever came next on it would be whoever signed in.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpClient } from '../support/httpClient.ts'
import { startRawUpstream, type RawConnection, type RawUpstream } from '../support/rawUpstream.ts'
import { startWorld, type World } from '../support/world.ts'

let upstream: RawUpstream
let world: World
beforeAll(async () => {
  upstream = await startRawUpstream(knowByConnection)
  world = await startWorld({
    config: { upstreams: { app: { url: upstream.url, connections: 1 } } },
    routes: [
      { match: { path: '/**' }, access: 'public', forwardAuthorization: true, upstream: 'app' },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  await upstream[Symbol.asyncDispose]()
})

/** As a Windows server does: who has once signed in on a connection is whoever asks on it. */
function knowByConnection(connection: RawConnection): void {
  let from = 0
  let who = 'nobody'
  connection.socket.on('data', () => {
    for (let end; (end = connection.received.indexOf('\r\n\r\n', from)) !== -1; from = end + 4) {
      const head = connection.received.slice(from, end)
      who = /^authorization: \S+ +(\S+)/im.exec(head)?.[1] ?? who
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${who.length}\r\n\r\n${who}`)
    }
  })
}

const ask = async (...fields: string[]): Promise<string> =>
  (await createHttpClient().request(`${world.publicUrl}/x`, { fields })).text

test.each(['NTLM', 'Negotiate', 'negotiate', 'Kerberos', 'X-Of-Tomorrow'])(
  'nobody comes behind somebody who has signed in a connection with %s',
  async (scheme) => {
    expect(await ask('Authorization', `${scheme} alice`)).toBe('alice')
    expect(await ask()).toBe('nobody')
  },
)

test('credentials that count for one request alone cost no connection', async () => {
  await ask()
  const before = upstream.connections.length
  for (const scheme of ['Basic', 'bearer', 'Digest']) await ask('Authorization', `${scheme} bob`)
  expect(upstream.connections).toHaveLength(before)
})
