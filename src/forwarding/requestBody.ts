// A request's content on its way to the upstream: none, whole, or streamed with backpressure. What the upstream
// leaves unread is drained here, so that the client's connection lives on.

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { GatewayError } from '../errors/gatewayError.ts'
import type { AuthorizedRequest, ReceivedRequest } from '../request.ts'

interface BodyOwner {
  /** The first byte too many has come; the body is to be destroyed. */
  exceed(): void
}

/**
 * By what the client announces, before anything is forwarded. A body of unannounced length is counted instead.
 *
 * @throws GatewayError `content_too_large`
 */
export function checkAnnouncedLength({ routed, setCookies }: AuthorizedRequest): void {
  const { maxBodySize } = routed.route
  const length = routed.received.incoming.headers['content-length']
  if (maxBodySize === undefined || length === undefined || Number(length) <= maxBodySize) return
  const detail = `Content-Length ${length}, maxBodySize ${maxBodySize}`
  throw new GatewayError('content_too_large', detail, { setCookies })
}

/** A whole body is handed over as one Buffer, and leaves in one write with its head. */
export function takeBody(
  incoming: IncomingMessage,
  maxBytes: number | undefined,
  owner: BodyOwner,
): Buffer | RequestBody | null {
  if (!hasBody(incoming)) return null
  const length = incoming.headers['content-length']
  if (incoming.complete && length !== undefined && incoming.readableLength === Number(length)) {
    const whole: unknown = incoming.read()
    if (Buffer.isBuffer(whole)) return whole
  }
  return new RequestBody(incoming, maxBytes ?? Infinity, owner)
}

/** RFC 9112 §6.3: a request has content where one of the two framing fields says so. */
function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0)
}

const methodsWithContent: ReadonlySet<string> = new Set([
  'POST',
  'PUT',
  'PATCH',
  'QUERY',
  'PROPFIND',
  'PROPPATCH',
])

/**
 * Whether the connection ends with this request; undici uses it for no other, but does not say so.
 *
 * Threat: an upstream that ignores the content of a GET (RFC 9110 §9.3.1) reads it as a second request.
 */
export function endsConnection(method: string, body: Buffer | RequestBody | null): boolean {
  return body !== null && !methodsWithContent.has(method)
}

/** RFC 9110 §10.1.1: an HTTP/1.0 client is never told to go on. The listener let no other expectation pass. */
export function expectsContinue({ incoming, replacedContent }: ReceivedRequest): boolean {
  // Because whoever has replaced the body has read it.
  if (incoming.headers.expect === undefined || replacedContent !== undefined) return false
  return incoming.httpVersionMinor >= 1 && hasBody(incoming)
}

/**
 * RFC 9110 §9.2.2: a proxy may repeat what is safe. An upstream may close an idle connection at the moment when
 * a request is sent on it; a body is gone once it is sent.
 */
export function isRepeatable({ method, isUpgrade, incoming }: ReceivedRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && !isUpgrade && !hasBody(incoming)
}

/**
 * The client's message, as a stream that undici may destroy. Because undici destroys what it is given once the
 * answer is complete; done to the message itself, the client's connection would never be read again.
 */
export class RequestBody extends Readable {
  readonly #incoming: IncomingMessage
  readonly #maxBytes: number
  readonly #owner: BodyOwner
  #size = 0
  readonly #onData = (chunk: Buffer): void => {
    this.#size += chunk.length
    if (this.#size > this.#maxBytes) this.#owner.exceed()
    else if (!this.push(chunk)) this.#incoming.pause()
  }
  readonly #onEnd = (): void => {
    this.push(null)
  }

  constructor(incoming: IncomingMessage, maxBytes: number, owner: BodyOwner) {
    super()
    this.#incoming = incoming
    this.#maxBytes = maxBytes
    this.#owner = owner
    incoming.on('data', this.#onData).on('end', this.#onEnd).pause()
  }

  /** Whether it is the upstream that keeps the rest waiting. */
  get isHeldBack(): boolean {
    return this.isPaused()
  }

  override _read(): void {
    this.#incoming.resume()
  }

  // Because undici hears of the end by 'close', and of nothing more, the error is not raised a second time.
  override _destroy(_: Error | null, callback: (error: null) => void): void {
    this.#incoming.off('data', this.#onData).off('end', this.#onEnd).resume()
    callback(null)
  }
}
