// Joins two sockets after an upgrade: bytes both ways with backpressure; an end or a fault of one ends the other.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Milliseconds } from '../time.ts'

/** Silence on both sides for `idleTimeout` ends both. */
export function joinSockets(client: Socket, upstream: Duplex, idleTimeout: Milliseconds): void {
  client.on('error', ignore).on('close', () => upstream.destroy())
  upstream.on('error', ignore).on('close', () => client.destroySoon())
  client.setTimeout(idleTimeout, () => client.destroy())
  client.pipe(upstream)
  upstream.pipe(client)
}

// Because every error is followed by 'close', which does what is to be done.
function ignore(): void {}
