// The demo's old application as the upstream of a world: pages with a clock, an echo and an upload form.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createLegacyApp } from '../../demo/legacyApp.ts'
import { portOf, type RecordedRequest, type Upstream } from '../support/upstream.ts'

/** Notes every request; bodies are the application's own affair. */
export async function startLegacyUpstream(): Promise<Upstream> {
  const requests: RecordedRequest[] = []
  const sockets = new Set<Socket>()
  const server = createLegacyApp()
  for (const event of ['request', 'upgrade'] as const) {
    server.prependListener(event, ({ method = '', url = '', headers, rawHeaders, socket }) => {
      const isUpgrade = event === 'upgrade'
      requests.push({ method, url, headers, rawHeaders, socket, isUpgrade, ...unread })
    })
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)

  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    sockets,
    release: () => {},
    close,
    [Symbol.asyncDispose]: close,
  }
}

const unread = { bodySize: 0, bodySha256: '', rawTrailers: [], wasAborted: false }
