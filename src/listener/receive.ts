// Takes what Node parsed, and hands it to the pipeline or refuses it. A WebSocket handshake gets a response of
// its own on the socket, so that it passes the same rooms and is refused by the same code. Hot: measured by
// `npm run bench`.

import { ServerResponse, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { respond } from '../http/respond.ts'
import type { ReceivedRequest } from '../request.ts'
import { closeGently, type Connections, type RefuseRequest } from './connections.ts'
import type { ReadRequest, UpgradeHead } from './readRequest.ts'

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

export function createReceive(options: ReceiveOptions): Receive {
  const { connections, readRequest, handle, refuse } = options
  return (incoming, response, upgradeHead) => {
    const connection = connections.find(incoming.socket)
    if (connection === undefined) {
      incoming.socket.destroy()
      return
    }
    const { received, refusal, isForUs } = readRequest(connection, incoming, response, upgradeHead)
    connections.begin(connection, received)
    if (refusal !== undefined) {
      // Threat: what follows a head that was misread may be a request that nobody sent.
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
export function createReceiveUpgrade(receive: Receive) {
  return (incoming: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (!(stream instanceof Socket)) {
      stream.destroy()
      return
    }
    const response = new ServerResponse(incoming)
    response.shouldKeepAlive = false
    response.assignSocket(stream)
    // Because Node tells only responses that it made itself that a socket can take more.
    stream.on('drain', () => response.emit('drain'))
    stream.on('error', () => stream.destroy())
    response.on('finish', () => {
      stream.resume()
      closeGently(stream)
    })
    receive(incoming, response, head)
  }
}
