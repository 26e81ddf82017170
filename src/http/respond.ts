// Answers that Postern gives itself. All of them: never cached unless they say so, never sniffed, never framed.

import type { ReceivedRequest } from '../request.ts'
import { lingerMs } from './linger.ts'

export interface Answer {
  readonly status: number
  readonly contentType?: string
  readonly body?: string
  /** Default: `no-store`. */
  readonly cacheControl?: string
  /** Further fields, names and values in turn; a name may come more than once. */
  readonly fields?: readonly string[]
}

// Because Node reads what is left of a body before it takes the next request: a long one closes instead.
const drainableBytes = 65_536

/** Sends the whole answer. An answer that has begun already is cut off, one that is complete is left alone. */
export function respond(received: ReceivedRequest, answer: Answer): void {
  const { response, incoming } = received
  if (response.writableEnded) return
  if (response.headersSent) {
    cutOff(received)
    return
  }
  const body = Buffer.from(answer.body ?? '')
  // RFC 9110 §15.5.9: who was too slow may be so again.
  if (answer.status === 408 || !isDrainable(received)) response.shouldKeepAlive = false
  const fields = [
    // RFC 9110 §8.6: none in a 204.
    ...(answer.status === 204 ? [] : ['Content-Length', String(body.length)]),
    'Cache-Control',
    answer.cacheControl ?? 'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'X-Frame-Options',
    'DENY',
    'Referrer-Policy',
    'no-referrer',
    'X-Request-Id',
    received.record.id,
    ...(answer.fields ?? []),
    ...(received.answerFields ?? []),
    ...(received.corsFields ?? []),
    ...(received.quotaFields ?? []),
  ]
  if (answer.contentType !== undefined) fields.push('Content-Type', answer.contentType)
  response.writeHead(answer.status, fields)
  if (incoming.complete || response.shouldKeepAlive) response.end(body)
  else endAfterBody(received, body)
}

/**
 * Threat: what ends with its connection looks whole when that is closed; a reset tells that it is not.
 * RFC 9112 §9.8: over TLS, the closure alert that is missing tells it.
 */
function cutOff({ incoming, response }: ReceivedRequest): void {
  const isPlain = !('encrypted' in incoming.socket)
  if (incoming.httpVersionMinor === 0 && response.socket !== null && isPlain) {
    incoming.socket.resetAndDestroy()
  } else {
    response.destroy()
  }
}

/** The whole answer leaves at once; its end, which closes the connection, when the client has had time to read it. */
function endAfterBody({ incoming, response }: ReceivedRequest, body: Buffer): void {
  const end = () => response.end()
  response.flushHeaders()
  response.write(body)
  incoming.once('end', end).resume()
  setTimeout(end, lingerMs).unref()
}

function isDrainable({ incoming }: ReceivedRequest): boolean {
  if (incoming.complete) return true
  const length = incoming.headers['content-length']
  if (incoming.headers['transfer-encoding'] !== undefined) return false
  return length === undefined || Number(length) <= drainableBytes
}

export function respondJson(
  received: ReceivedRequest,
  status: number,
  value: unknown,
  fields: readonly string[] = [],
): void {
  respond(received, {
    status,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(value),
    fields,
  })
}

/** 302 to a place that has been checked by the caller, with Set-Cookie values. */
export function respondRedirect(
  received: ReceivedRequest,
  location: string,
  setCookies: readonly string[] = [],
): void {
  respond(received, {
    status: 302,
    fields: ['Location', location, ...setCookies.flatMap((cookie) => ['Set-Cookie', cookie])],
  })
}
