// TLS handshakes that are underway, and what becomes of those that fail. Says which kind of failure it was and by
// whom, never what was sent.

import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { parseAddress } from './trustedProxies.ts'

export interface HandshakeServices {
  readonly log: Log
  readonly metrics: Pick<Metrics, 'tlsHandshakeFailures'>
}

export interface Handshakes {
  endAll(): void
}

export function watchHandshakes(server: Server, { log, metrics }: HandshakeServices): Handshakes {
  const underway = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const place = toPlace(socket)
    underway.set(place, socket)
    socket.once('close', () => underway.delete(place))
  })
  server.on('secureConnection', (socket) => underway.delete(toPlace(socket)))
  server.on('tlsClientError', (error, socket) => {
    const cause = findCause(error, socket)
    const reason = reasonOf(cause)
    metrics.tlsHandshakeFailures.inc({ reason })
    // Because load balancers look whether a port is open, and say nothing.
    const level = reason === 'left' ? 'debug' : 'info'
    log[level]({ client: parseAddress(socket.remoteAddress ?? ''), cause }, 'TLS handshake failed')
  })
  return {
    endAll() {
      for (const socket of underway.values()) socket.destroy()
    },
  }
}

/** What the TCP socket and the TLS socket of one connection have in common. */
function toPlace({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** A code of OpenSSL's or Node's. */
function findCause(error: NodeJS.ErrnoException, { authorizationError }: TLSSocket): string {
  // Because a certificate that is refused ends in a connection that is closed, with its reason beside it; the
  // types say Error where Node has a code.
  const refusal: unknown = authorizationError
  return typeof refusal === 'string' ? refusal : (error.code ?? 'unknown')
}

const reasons: Readonly<Record<string, string>> = {
  ECONNRESET: 'left',
  EPIPE: 'left',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ERR_SSL_HTTP_REQUEST: 'plain_http',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'certificate',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'protocol',
  ERR_SSL_NO_SHARED_CIPHER: 'protocol',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'protocol',
}

/** The label in the metrics: one of few. */
function reasonOf(cause: string): string {
  const isOfCertificate = !cause.startsWith('E') && cause !== 'unknown'
  return reasons[cause] ?? (isOfCertificate ? 'certificate' : 'other')
}
