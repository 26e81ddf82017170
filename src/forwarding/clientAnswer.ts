// Writes the upstream's answer to the client: the head with the first content where they come together, a small
// whole body in the same write as its head, everything else as it comes. Hot: one instance a request.

import type { ServerResponse } from 'node:http'
import type { AuthorizedRequest, ReceivedRequest } from '../request.ts'
import type { Milliseconds } from '../time.ts'
import { toClientFields, type ResponseFieldPolicy } from './responseFields.ts'
import type { ResponseRewriting } from './responseRewriting.ts'
import type { ForwardingServices } from './services.ts'
import { toClientTrailers } from './trailers.ts'

// Because a string leaves in one write with the head, but a large one costs more to copy than that saves.
const largestWholeBody = 16_384

export class ClientAnswer implements ResponseFieldPolicy {
  readonly via: string
  readonly setCookies: readonly string[]
  readonly isSignedIn: boolean
  readonly corsFields: readonly string[] | undefined
  readonly answerFields: readonly string[] | undefined
  readonly isUnstorable: boolean | undefined
  readonly added: readonly string[] | undefined
  readonly quotaFields: readonly string[] | undefined
  readonly #received: ReceivedRequest
  readonly #rewriting: ResponseRewriting | undefined
  #contentLength = -1
  #wholeBody: Buffer | undefined
  #isHeadHeld = false

  constructor(authorized: AuthorizedRequest, services: ForwardingServices) {
    this.via = services.via
    this.setCookies = authorized.setCookies
    this.isSignedIn = authorized.principal !== undefined
    this.#received = authorized.routed.received
    this.#rewriting = services.rewritings[authorized.routed.route.index]
    this.added = this.#rewriting?.added
    this.corsFields = this.#received.corsFields
    this.answerFields = this.#received.answerFields
    this.isUnstorable = this.#received.isUnstorable
    this.quotaFields = this.#received.quotaFields
  }

  /** A 1xx answer. Passed to clients that know them (RFC 9110 §15.2), else dropped. */
  inform(status: number, raw: readonly string[]): void {
    const { incoming, response } = this.#received
    if (incoming.httpVersionMinor < 1) return
    // Threat: an upstream without end of them, to a client that does not read, would fill the memory.
    if (response.writableLength > response.writableHighWaterMark) return
    const policy = {
      via: this.via,
      setCookies: [],
      isSignedIn: false,
    }
    try {
      response.writeInformation(
        status,
        toClientFields(this.#rewrite(raw), status, policy)?.fields ?? [],
      )
    } catch {
      // Because a hint may be dropped, one that node:http refuses is; and all of them before Node 26.2.
    }
  }

  /** Takes the head, and sends it with the first content, or at `flushHead`. False where no client could be given such a head. */
  begin(status: number, reason: string, raw: readonly string[]): boolean {
    const head = toClientFields(this.#rewrite(raw), status, this)
    if (head === undefined) return false
    if (head.trailer !== undefined && this.#mayEndInTrailers(status, head.contentLength)) {
      head.fields.push('Trailer', head.trailer)
    }
    try {
      this.#received.response.writeHead(status, toReason(reason), head.fields)
    } catch {
      return false
    }
    this.#contentLength = head.contentLength
    this.#isHeadHeld = true
    return true
  }

  #rewrite(raw: readonly string[]): readonly string[] {
    return this.#rewriting === undefined ? raw : this.#rewriting.rewrite(raw)
  }

  /** RFC 9112 §7.1.2: trailers need the chunked coding. */
  #mayEndInTrailers(status: number, contentLength: number): boolean {
    const { incoming, method } = this.#received
    if (contentLength >= 0 || method === 'HEAD' || status === 204 || status === 304) return false
    return incoming.httpVersionMinor >= 1
  }

  flushHead(): void {
    if (!this.#isHeadHeld) return
    this.#isHeadHeld = false
    this.#received.response.flushHeaders()
  }

  /** False where the client does not keep up. */
  write(chunk: Buffer): boolean {
    if (this.#isHeadHeld && this.#isWhole(chunk)) {
      this.#wholeBody = chunk
      return true
    }
    this.#isHeadHeld = false
    return this.#received.response.write(chunk)
  }

  #isWhole(chunk: Buffer): boolean {
    return chunk.length === this.#contentLength && chunk.length <= largestWholeBody
  }

  /** What the client has not read after `limit` is dropped, and the client cut off. */
  end(rawTrailers: readonly string[], limit: Milliseconds): void {
    const { response } = this.#received
    this.#isHeadHeld = false
    if (this.#wholeBody === undefined) {
      if (rawTrailers.length > 0 && response.chunkedEncoding) this.#addTrailers(rawTrailers)
      response.end()
    } else {
      response.end(this.#wholeBody.toString('latin1'), 'latin1')
    }
    // Because mostly the system has taken everything by now, and a timer a request is not free.
    if (response.writableLength > 0) limitDelivery(response, limit)
  }

  #addTrailers(raw: readonly string[]): void {
    try {
      this.#received.response.addTrailers(toClientTrailers(this.#rewrite(raw)))
    } catch {
      // RFC 9110 §6.5.1: trailers may be dropped; those that node:http refuses are.
    }
  }
}

/** Threat: a client that never reads would keep its connection, and what is left for it, for ever. */
function limitDelivery(response: ServerResponse, limit: Milliseconds): void {
  const cutting = setTimeout(() => response.destroy(), limit)
  response.once('close', () => clearTimeout(cutting))
}

/** The upstream's reason phrase where it is plain ASCII, else node:http's own. */
function toReason(text: string): string | undefined {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 32 || code > 126) return undefined
  }
  return text === '' ? undefined : text
}
