// A request that nobody sent, read by the listener as if it had come over a connection, and a response that
// keeps what is written to it. Nothing is listened on and nothing is sent.

import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from 'node:http'
import { Socket } from 'node:net'
import { createReadRequest } from '../../listener/readRequest.ts'
import type { ReceivedRequest } from '../../request.ts'

/** Where it seems to come from: an address that is nobody's (RFC 5737 §3). */
const clientAddress = '192.0.2.1'

export const pseudonym = 'postern'

export interface RequestLine {
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** As it would stand in Host. */
  readonly authority: string
  /** Path and query as written. */
  readonly target: string
  /** Further fields, names and values in turn. */
  readonly fields: readonly string[]
}

export interface ImaginedRequest {
  readonly received: ReceivedRequest
  readonly response: KeptResponse
  /** For which the listener would let it go no further; undefined for most. */
  readonly refusal: unknown
}

/** The head of an answer. */
export class KeptResponse extends ServerResponse {
  /** Names and values in turn. */
  readonly fields: string[] = []

  override writeHead(status: number, ...rest: unknown[]): this {
    this.statusCode = status
    const fields: unknown = rest.at(-1)
    if (Array.isArray(fields)) this.fields.push(...fields.map(String))
    return this
  }
}

/** Undefined for a text that is no http(s) URL. Not parsed further, because nothing may repair it before it is judged. */
export function parseUrl(
  url: string,
): Pick<RequestLine, 'scheme' | 'authority' | 'target'> | undefined {
  const parts = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(url)
  if (parts === null) return undefined
  const [, name = '', written = '', target = ''] = parts
  const scheme = name.toLowerCase() === 'https' ? 'https' : 'http'
  const authority = written.replace(scheme === 'https' ? /:443$/ : /:80$/, '')
  return { scheme, authority, target: target.startsWith('/') ? target : `/${target}` }
}

export function imagineRequest({
  method,
  scheme,
  authority,
  target,
  fields,
}: RequestLine): ImaginedRequest {
  const incoming = new IncomingMessage(new Socket())
  incoming.method = method
  incoming.url = target
  incoming.httpVersion = '1.1'
  incoming.httpVersionMajor = 1
  incoming.httpVersionMinor = 1
  incoming.rawHeaders = ['Host', authority, ...fields]
  incoming.headers = toHeaders(incoming.rawHeaders)
  incoming.complete = true
  const response = new KeptResponse(incoming)
  const read = createReadRequest({
    isTrusted: () => false,
    pseudonym,
    scheme,
    findCertificateOf: undefined,
  })
  const { received, refusal } = read(aConnection(), incoming, response, undefined)
  // Because whatever ends TLS in front of the gateway says so, which it is believed.
  const client = { ...received.client, scheme }
  return { received: { ...received, client }, response, refusal }
}

// Because Node makes these of what its parser has read, and of nothing else.
function toHeaders(fields: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string> = {}
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toLowerCase()
    const before = headers[name]
    const separator = name === 'cookie' ? '; ' : ', '
    headers[name] = before === undefined ? fields[at + 1]! : before + separator + fields[at + 1]!
  }
  return headers
}

function aConnection(): Parameters<ReturnType<typeof createReadRequest>>[0] {
  return {
    socket: new Socket(),
    peerAddress: clientAddress,
    isPeerTrusted: false,
    exchanges: new Set(),
    latest: undefined,
    isUpgraded: false,
    isCondemned: false,
    known: undefined,
    findCertificate: undefined,
  }
}
