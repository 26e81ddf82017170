// A wire between a gateway and its Redis on which answers can be held back, while news still passes.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { RedisServer } from '../../support/redis.ts'

export interface Relay {
  readonly url: string
  /** From now on answers to commands wait; resolves when the first one does. */
  hold(): Promise<void>
  release(): void
  /** The connections that are open now carry nothing any more, and nobody is told; later ones do. */
  blackHole(): void
}

export async function startRelay(redis: RedisServer): Promise<Relay> {
  let held: (() => void)[] | undefined
  let onHeld: (() => void) | undefined
  const sockets = new Set<Socket>()
  let isSwallowed = { now: false }

  const server = createServer((client) => {
    const fate = isSwallowed
    const upstream = connect(redis.port, '127.0.0.1')
    let isNews = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    client.on('data', (bytes) => {
      if (fate.now) return
      if (bytes.includes('subscribe')) isNews = true
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (fate.now) return
      if (held === undefined || isNews) {
        client.write(bytes)
      } else {
        held.push(() => client.write(bytes))
        onHeld?.()
      }
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was bound')

  return {
    url: `redis://127.0.0.1:${address.port}`,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = []
      onHeld = resolve
      return promise
    },
    release() {
      const waiting = held ?? []
      held = undefined
      for (const write of waiting) write()
    },
    blackHole() {
      isSwallowed.now = true
      isSwallowed = { now: false }
    },
  }
}
