// A listener and its clients, once in plain TCP and once over TLS: what holds for one has to hold for the other.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createAuthority } from '../../support/certificates.ts'
import { rawExchange } from '../../support/httpClient.ts'
import { startListener, type ListenerWorld, type ListenerWorldOptions } from './startListener.ts'

export interface Transport {
  readonly name: string
  readonly scheme: 'http' | 'https'
  readonly defaultPort: number
  readonly startListener: (options?: ListenerWorldOptions) => Promise<ListenerWorld>
  readonly rawExchange: typeof rawExchange
  /** A connection that is ready for requests, on which `bytes` have been sent; text comes as latin1. */
  readonly open: (port: number, bytes: string) => Promise<Socket>
  /** Ends it as a program that crashes does. */
  readonly reset: (socket: Socket) => void
}

export const plain: Transport = {
  name: 'TCP',
  scheme: 'http',
  defaultPort: 80,
  startListener,
  rawExchange,
  open: (port, bytes) => send(connect(port, '127.0.0.1'), 'connect', bytes),
  reset: (socket) => void socket.resetAndDestroy(),
}

const authority = createAuthority()
const server = authority.sign('server')
process.once('exit', () => authority[Symbol.dispose]())

const { ca } = authority
const carriers = new WeakMap<Socket, Socket>()

export const tls: Transport = {
  name: 'TLS',
  scheme: 'https',
  defaultPort: 443,
  startListener: (options = {}) =>
    startListener({
      ...options,
      listen: { tls: { certificate: server.certificate, key: server.key }, ...options.listen },
    }),
  rawExchange: (port, bytes, options) => rawExchange(port, bytes, { ...options, tls: { ca } }),
  open(port, bytes) {
    const under = connect(port, '127.0.0.1').on('error', () => {})
    const socket = connectTls({ socket: under, servername: 'localhost', ca })
    carriers.set(socket, under)
    return send(socket, 'secureConnect', bytes)
  },
  reset: (socket) => void carriers.get(socket)?.resetAndDestroy(),
}

async function send(socket: Socket, ready: string, bytes: string): Promise<Socket> {
  socket.setEncoding('latin1').on('error', () => {})
  await once(socket, ready)
  if (bytes !== '') socket.write(bytes)
  return socket
}
