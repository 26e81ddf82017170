// The settings of Node's HTTP server: strict parsing, bounded heads, and nothing but a WebSocket handshake as
// an upgrade. Refuses nothing itself.

import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http'
import type { Config } from '../config/config.ts'

export function createHttpServer(settings: Config['listen']): Server {
  return withAllFields(createServer(toHttpOptions(settings)))
}

/** For plain HTTP and over TLS alike. */
export function toHttpOptions(settings: Config['listen']): ServerOptions {
  return {
    maxHeaderSize: settings.maxFieldsSize,
    headersTimeout: settings.headTimeout,
    connectionsCheckingInterval: Math.min(settings.headTimeout, 1000),
    keepAliveTimeout: settings.keepAliveTimeout,
    // Because a body may be a stream that lasts for hours.
    requestTimeout: 0,
    insecureHTTPParser: false,
    noDelay: true,
    // Because a missing Host is refused like anything else that is malformed, with a log line.
    requireHostHeader: false,
    shouldUpgradeCallback: isWebSocketHandshake,
  }
}

/** Because Node drops the fields beyond 2,000 without a word; their size is limited instead. */
export function withAllFields<S extends { maxHeadersCount: number | null }>(server: S): S {
  server.maxHeadersCount = 0
  return server
}

/**
 * RFC 6455 §4.1; Node asks only where Connection says `upgrade`. Any other Upgrade is an ordinary request, and
 * no upstream hears of it.
 */
function isWebSocketHandshake({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  )
}
