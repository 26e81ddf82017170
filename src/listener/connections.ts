// The open connections and what is going on in them: so that every request is reported once however it ends,
// and so that draining knows whom to wait for. Hot: begin and finish run for every request (`npm run bench`).

import type { Socket } from 'node:net'
import { lingerMs } from '../http/linger.ts'
import type { ClientInfo, ReceivedRequest } from '../request.ts'
import type { FinishedRequest } from '../telemetry/requestLog.ts'
import { parseAddress, type IsTrusted } from './trustedProxies.ts'

export interface Connection {
  readonly socket: Socket
  readonly peerAddress: string
  readonly isPeerTrusted: boolean
  /** Requests without a whole answer; several where the client pipelines. */
  readonly exchanges: Set<ReceivedRequest>
  /** The last one received, until it is answered and its body has been read. */
  latest: ReceivedRequest | undefined
  isUpgraded: boolean
  /** No further byte of this connection is believed. */
  isCondemned: boolean
  /** The client behind the last Host value, so that a connection that keeps to one host computes it once. */
  known: { readonly host: string; readonly client: ClientInfo } | undefined
  /** Which certificate it has shown in its handshake; made where it is asked for. */
  findCertificate: ReceivedRequest['findCertificate']
}

export interface Connections {
  open(socket: Socket): void
  find(socket: object): Connection | undefined
  begin(connection: Connection, received: ReceivedRequest): void
  /**
   * From now on answers close their connection; idle and upgraded connections are ended at once. Settles once
   * no connection is left, and every request has been reported.
   */
  drain(): Promise<void>
  destroyAll(): void
}

/** Renders a refusal as the answer. Never throws. */
export type RefuseRequest = (received: ReceivedRequest, error: unknown) => void

export type OnFinished = (received: ReceivedRequest, finished: FinishedRequest) => void

/** Sends what is written, then the end; what the client does not close itself is destroyed a second later. */
export function closeGently(socket: Socket): void {
  socket.end()
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

export function createConnections(isTrusted: IsTrusted, onFinished: OnFinished): Connections {
  const connections = new Set<Connection>()
  const bySocket = new WeakMap<object, Connection>()
  const emptied = Promise.withResolvers<void>()
  let isDraining = false

  function open(socket: Socket): void {
    // Because a TLS handshake may end after the draining has begun.
    if (isDraining) {
      socket.destroy()
      return
    }
    const connection = createConnection(socket, isTrusted)
    connections.add(connection)
    bySocket.set(socket, connection)
    socket.on('close', () => {
      connections.delete(connection)
      for (const received of connection.exchanges) finish(connection, received)
      if (isDraining && connections.size === 0) emptied.resolve()
    })
  }

  function begin(connection: Connection, received: ReceivedRequest): void {
    connection.exchanges.add(received)
    connection.latest = received
    if (isDraining) received.response.shouldKeepAlive = false
    if (received.isUpgrade) connection.isUpgraded = true
    // Because the response of an upgrade, once it is a 101, never ends: its end is the socket's.
    else received.response.on('close', () => finish(connection, received))
  }

  function finish(connection: Connection, received: ReceivedRequest): void {
    if (!connection.exchanges.delete(received)) return
    const { incoming, response } = received
    if (connection.latest === received && incoming.complete) connection.latest = undefined
    onFinished(received, {
      status: response.headersSent ? response.statusCode : 0,
      durationMs: performance.now() - received.receivedAt,
    })
    if (isDraining && connection.exchanges.size === 0) connection.socket.destroySoon()
  }

  return {
    open,
    find: (socket) => bySocket.get(socket),
    begin,
    drain() {
      isDraining = true
      for (const connection of connections) drainConnection(connection)
      if (connections.size === 0) emptied.resolve()
      return emptied.promise
    },
    destroyAll() {
      for (const { socket } of connections) socket.destroy()
    },
  }
}

function createConnection(socket: Socket, isTrusted: IsTrusted): Connection {
  // Because a client that is gone by the time it is accepted has no address any more.
  const peerAddress = parseAddress(socket.remoteAddress ?? '') ?? '0.0.0.0'
  return {
    socket,
    peerAddress,
    isPeerTrusted: isTrusted(peerAddress),
    exchanges: new Set(),
    latest: undefined,
    isUpgraded: false,
    isCondemned: false,
    known: undefined,
    findCertificate: undefined,
  }
}

function drainConnection({ socket, exchanges, isUpgraded }: Connection): void {
  if (isUpgraded) closeGently(socket)
  else if (socket.bytesRead === 0) socket.destroy()
  for (const { response } of exchanges) response.shouldKeepAlive = false
}
