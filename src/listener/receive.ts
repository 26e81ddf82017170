// Takes what Node parsed, and hands it to the pipeline or refuses it. A WebSocket handshake gets a response of
// its own on the socket, so that it passes the same rooms and is refused by the same code. Hot: measured by
// `npm run bench`.

import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { respond } from '../http/respond.ts'
import type { ReceivedRequest } from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import { closeGently, type Connections, type RefuseRequest } from './connections.ts'
import type { ReadRequest, UpgradeHead } from './readRequest.ts'
import { closeBehindAnswers } from './unreadable.ts'

export interface ReceiveOptions {
  readonly connections: Connections
  readonly readRequest: ReadRequest
  readonly handle: (received: ReceivedRequest) => Promise<void>
  readonly refuse: RefuseRequest
}

export type Receive = (
  incoming: IncomingMessage,
  response: ServerResponse,
  upgradeHead: UpgradeHead,
) => void

// Threat: 64 KB of pipelined requests, and a single client has all connections of an upstream.
const mostUnanswered = 100

export function createReceive(options: ReceiveOptions): Receive {
  const { connections, readRequest, handle, refuse } = options
  return (incoming, response, upgradeHead) => {
    const connection = connections.find(incoming.socket)
    if (connection === undefined) {
      incoming.socket.destroy()
      return
    }
    // RFC 9112 §9.6: nothing behind an answer that closes the connection is processed.
    if (connection.isCondemned) return
    if (connection.exchanges.size >= mostUnanswered) {
      closeBehindAnswers(connection)
      return
    }
    const { received, refusal, isForUs } = readRequest(connection, incoming, response, upgradeHead)
    connections.begin(connection, received)
    if (refusal !== undefined) {
      // Threat: what follows a head that was misread may be a request that nobody sent.
      connection.isCondemned = true
      response.shouldKeepAlive = false
      refuse(received, refusal)
    } else if (isForUs) {
      answerOptions(received)
    } else {
      void handle(received)
    }
  }
}

/** RFC 9110 §9.3.7, for OPTIONS whose Max-Forwards ends here. */
function answerOptions(received: ReceivedRequest): void {
  respond(received, {
    status: 200,
    fields: ['Allow', 'GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS'],
  })
}

/** Handles `upgrade`: from here on the socket is ours, and nobody else listens to its errors. */
export function createReceiveUpgrade(connections: Connections, receive: Receive, log: Log) {
  return (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const connection = connections.find(stream)
    stream.on('error', () => stream.destroy())
    if (connection === undefined) {
      stream.destroy()
    } else if (closeBehindAnswers(connection)) {
      const { peerAddress, socket } = connection
      const refusal = 'request_malformed'
      log.info({ client: peerAddress, refusal, cause: 'pipelined upgrade' }, 'unreadable request')
      socket.resume()
    } else {
      receive(incoming, createUpgradeResponse(incoming, connection.socket), head)
    }
  }
}

function createUpgradeResponse(incoming: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  // Because Node tells only responses that it made itself that a socket can take more.
  socket.on('drain', () => response.emit('drain'))
  response.on('finish', () => {
    socket.resume()
    closeGently(socket)
  })
  return response
}
