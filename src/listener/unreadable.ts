// What Node cannot read as a request: answered with a few bytes and closed, never a crash. No route, page or
// identity comes into it, since there is no request.

import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { rowOf, type RefusalCode } from '../errors/catalogue.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { Log } from '../telemetry/log.ts'
import type { ReceivedRequest } from '../request.ts'
import { createRequestId } from '../telemetry/requestId.ts'
import { closeGently, type Connection, type RefuseRequest } from './connections.ts'

/** Node's codes for faults of the parser (llhttp's `HPE_…`) and of its clock. */
const refusals: Readonly<Record<string, RefusalCode>> = {
  HPE_HEADER_OVERFLOW: 'fields_too_large',
  HPE_INVALID_METHOD: 'method_not_supported',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

// Because there is nobody left to answer.
const gone = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'HPE_INVALID_EOF_STATE'])

type ClientError = Error & { readonly code?: string; readonly rawPacket?: Buffer }

export interface UnreadableOptions {
  readonly find: (socket: object) => Connection | undefined
  readonly refuse: RefuseRequest
  readonly log: Log
}

/** Handles `clientError`: the bytes are no request, or the body of one breaks off its framing. */
export function createUnreadableHandler(options: UnreadableOptions) {
  return (error: ClientError, stream: Duplex): void => {
    const connection = options.find(stream)
    const cause = error.code ?? 'unknown'
    if (connection === undefined || gone.has(cause)) {
      stream.destroy()
      return
    }
    // Because the parser says it again for every further byte.
    if (connection.isCondemned || !stream.writable) return
    connection.isCondemned = true
    if (connection.latest === undefined && isTls(error)) {
      refuseTls(connection, options.log)
      return
    }
    const code = refusals[cause] ?? 'request_malformed'
    const id = connection.latest?.record.id ?? createRequestId()
    const fields = { id, client: connection.peerAddress, refusal: code, cause }
    options.log.info(fields, 'unreadable request')
    endConnection(connection, new GatewayError(code, cause), { id, refuse: options.refuse })
  }
}

// RFC 8446 §5.1: a record of a handshake, of whichever version of TLS or of SSL 3.
function isTls({ rawPacket }: ClientError): boolean {
  return rawPacket?.[0] === 0x16 && rawPacket[1] === 0x03
}

/** Because a client that speaks TLS could not read an answer, it gets none. */
function refuseTls({ peerAddress, socket }: Connection, log: Log): void {
  const cause = 'this looks like TLS on a plain HTTP port'
  const fields = { client: peerAddress, refusal: 'request_malformed', cause }
  log.info(fields, 'unreadable request')
  closeGently(socket)
}

function endConnection(
  connection: Connection,
  refusal: GatewayError,
  { id, refuse }: { readonly id: string; readonly refuse: RefuseRequest },
): void {
  const { latest, exchanges, socket } = connection
  if (latest === undefined) answerUnread(connection, refusal.code, id)
  // Threat: an answer more than there were requests would be taken for the answer to the next one.
  else if (!exchanges.has(latest)) socket.destroy()
  else if (latest.incoming.complete) closeAfter(connection, latest)
  else refuseBody(connection, latest, refusal, refuse)
}

/** What cannot be read stands behind a whole request: that one still gets its answer. */
function closeAfter({ socket }: Connection, { response }: ReceivedRequest): void {
  response.shouldKeepAlive = false
  response.once('close', () => closeGently(socket))
}

function refuseBody(
  connection: Connection,
  received: ReceivedRequest,
  refusal: GatewayError,
  refuse: RefuseRequest,
): void {
  const { incoming, response } = received
  if (response.headersSent && !response.writableEnded) {
    connection.socket.destroy()
    return
  }
  closeAfter(connection, received)
  // Because whoever reads the body has to learn that the rest will never come.
  response.once('close', () => incoming.destroy(refusal))
  if (!response.headersSent) refuse(received, refusal)
}

/** Handles `connect`: this is no proxy that one may tunnel through. */
export function createConnectHandler(find: UnreadableOptions['find'], log: Log) {
  return (_incoming: unknown, stream: Duplex): void => {
    const connection = find(stream)
    // Because from here on nobody else listens to the socket's errors.
    stream.on('error', () => stream.destroy())
    if (connection === undefined) {
      stream.destroy()
      return
    }
    const refusal = 'method_not_supported'
    const id = createRequestId()
    const fields = { id, client: connection.peerAddress, refusal, cause: 'CONNECT' }
    log.info(fields, 'unreadable request')
    stream.resume()
    if (!closeBehindAnswers(connection)) answerUnread(connection, refusal, id)
  }
}

/**
 * Whether earlier requests are still to be answered; the connection is then closed behind their answers.
 *
 * Threat: what is written to the socket meanwhile would be taken for one of these answers.
 */
export function closeBehindAnswers(connection: Connection): boolean {
  const last = [...connection.exchanges].at(-1)
  if (last === undefined) return false
  connection.isCondemned = true
  closeAfter(connection, last)
  return true
}

/** Writes problem details without Node's help, and closes. */
function answerUnread({ socket }: Connection, code: RefusalCode, id: string): void {
  const { status, title, advice } = rowOf(code)
  const type = `urn:postern:problem:${code}`
  const instance = `urn:postern:request:${id}`
  const body = JSON.stringify({ type, title, status, detail: advice, instance, code })
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${id}\r\n` +
      'Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n' +
      body,
  )
  closeGently(socket)
}
