// Loopback ports: taken or free, and servers that leave nothing behind.

import { once } from 'node:events'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { DemoError } from './demoError.ts'
import type { Place } from './places.ts'

/** Listens on 127.0.0.1; disposing of it cuts every connection. */
export async function listen(server: Server, place: Place): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  try {
    server.listen(place.port, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    throw toDemoError(error, place)
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** @throws DemoError that names the first port that is taken, and what wanted it */
export async function checkPorts(wanted: readonly Place[]): Promise<void> {
  for (const place of wanted) {
    const probe = await listen(createTcpServer(), place)
    await probe[Symbol.asyncDispose]()
  }
}

/** A port that is free now. */
export async function findFreePort(): Promise<number> {
  const server = createTcpServer()
  const probe = await listen(server, { port: 0, owner: 'Redis' })
  const address = server.address()
  await probe[Symbol.asyncDispose]()
  if (address === null || typeof address === 'string') throw new DemoError('No port is free.')
  return address.port
}

function toDemoError(error: unknown, { port, owner }: Place): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return error
  return new DemoError(
    `Port ${port} is taken; ${owner} needs it. End what listens there, then start again.`,
  )
}
