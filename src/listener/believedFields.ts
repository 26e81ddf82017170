// What a trusted proxy says of its client: X-Forwarded-For, -Proto, -Host, -Port, and Forwarded (RFC 7239).
// Never a path, a method or an identity. What it says must be well-formed and free of contradiction, else 400.
// Only reached behind a trusted proxy; `clients.ts` keeps the results.

import { findFieldValues } from '../http/fields.ts'
import type { ClientInfo } from '../request.ts'
import { parseAuthority, parsePort, toAuthority, type Authority } from './authority.ts'
import { parseForwarded, type ForwardedElement } from './forwardedElements.ts'
import { malformed } from './malformed.ts'
import { parseAddress, type IsTrusted } from './trustedProxies.ts'

/** What is known without any field: the peer, and what Host says. */
export interface Peer {
  readonly address: string
  readonly host: Authority
  /** Of its own connection. */
  readonly scheme: ClientInfo['scheme']
}

const schemes: Readonly<Record<string, ClientInfo['scheme']>> = {
  http: 'http',
  https: 'https',
  // Because some proxies name a WebSocket handshake by the scheme of its URL.
  ws: 'http',
  wss: 'https',
}

/**
 * The client as the trusted peer describes it; undefined where it says nothing.
 *
 * Threat: a proxy that knows one family passes the other on as its client forged it. Where both are there,
 * each is evaluated by itself, and they have to name the same client, scheme and authority.
 */
export function readBelievedClient(
  fields: readonly string[],
  peer: Peer,
  isTrusted: IsTrusted,
): ClientInfo | undefined {
  const fromFamily = readForwardedFamily(fields, peer, isTrusted)
  const fromForwarded = readForwarded(fields, peer, isTrusted)
  if (fromFamily !== undefined && fromForwarded !== undefined) {
    checkAgreement(fromFamily, fromForwarded)
  }
  return fromFamily ?? fromForwarded
}

function checkAgreement(one: ClientInfo, other: ClientInfo): void {
  if (
    one.address !== other.address ||
    one.scheme !== other.scheme ||
    one.authority !== other.authority
  ) {
    throw malformed('X-Forwarded-* and Forwarded contradict each other')
  }
}

function readForwardedFamily(
  fields: readonly string[],
  peer: Peer,
  isTrusted: IsTrusted,
): ClientInfo | undefined {
  const hops = findFieldValues(fields, 'x-forwarded-for')
  const proto = findUnanimous(fields, 'x-forwarded-proto')
  const host = findUnanimous(fields, 'x-forwarded-host')
  const port = findUnanimous(fields, 'x-forwarded-port')
  const isSilent = proto === undefined && host === undefined && port === undefined
  if (hops.length === 0 && isSilent) return undefined
  const scheme = proto === undefined ? peer.scheme : checkScheme(proto)
  const authority = withPort(host === undefined ? peer.host : checkAuthority(host), port)
  const path = hops.length === 0 ? [] : hops.join(',').split(',')
  return toClient(walkHops(path, peer, isTrusted), scheme, authority)
}

function readForwarded(
  fields: readonly string[],
  peer: Peer,
  isTrusted: IsTrusted,
): ClientInfo | undefined {
  const values = findFieldValues(fields, 'forwarded')
  if (values.length === 0) return undefined
  const elements = parseForwarded(values.join(','))
  if (elements === undefined) throw malformed('Forwarded is malformed')
  const hops = walkHops(trailingNodes(elements), peer, isTrusted)
  const outermost = elements[elements.length - Math.max(hops.length - 1, 1)]
  const proto = outermost?.get('proto')
  const host = outermost?.get('host')
  return toClient(
    hops,
    proto === undefined ? peer.scheme : checkScheme(proto),
    host === undefined ? peer.host : checkAuthority(host),
  )
}

/** The `for` of each element, from the last that has none: what stands before it is on nobody's word. */
function trailingNodes(elements: readonly ForwardedElement[]): string[] {
  const nodes: string[] = []
  for (const element of elements.toReversed()) {
    const node = element.get('for')
    if (node === undefined) break
    nodes.push(node)
  }
  return nodes.toReversed()
}

// Threat: whoever writes thousands of trusted addresses has each of them looked up, for every request.
const mostHops = 100

/** Client first, peer last: right to left for as long as the hop that speaks is a trusted one. */
function walkHops(nodes: readonly string[], peer: Peer, isTrusted: IsTrusted): string[] {
  const hops = [peer.address]
  for (const node of nodes.toReversed()) {
    if (!isTrusted(hops[0]!)) break
    if (hops.length === mostHops) throw malformed(`more than ${mostHops} hops`)
    const address = parseNode(node.trim())
    if (address === undefined) throw malformed('a trusted proxy names a hop that is no address')
    hops.unshift(address)
  }
  return hops
}

/** RFC 7239 §6: an address, or `address:port` with IPv6 in brackets. Obfuscated and unknown nodes are refused. */
function parseNode(node: string): string | undefined {
  const bare = parseAddress(node)
  if (bare !== undefined) return bare
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(node)
  return parts === null ? undefined : parseAddress(parts[1] ?? parts[2] ?? '')
}

/**
 * The value that all lines and list members of a field agree on.
 *
 * Threat: of `https, http` one was the client's; which one, depends on whether the proxy appends or prepends.
 */
function findUnanimous(fields: readonly string[], lowerName: string): string | undefined {
  const values = findFieldValues(fields, lowerName)
  if (values.length === 0) return undefined
  const [first = '', ...others] = values
    .join(',')
    .split(',')
    .map((value) => value.trim())
  if (others.some((other) => other !== first)) throw malformed(`${lowerName} contradicts itself`)
  return first
}

function checkScheme(text: string): ClientInfo['scheme'] {
  const name = text.toLowerCase()
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined
  if (scheme === undefined) throw malformed('a trusted proxy names an unknown scheme')
  return scheme
}

function checkAuthority(text: string): Authority {
  const authority = parseAuthority(text)
  if (authority === undefined) throw malformed('a trusted proxy names a host that is none')
  return authority
}

/** X-Forwarded-Port counts where the host that is believed names no port itself. */
function withPort(authority: Authority, text: string | undefined): Authority {
  if (text === undefined) return authority
  const port = parsePort(text)
  if (port === undefined) throw malformed('a trusted proxy names a port that is none')
  return authority.port === undefined ? { host: authority.host, port } : authority
}

function toClient(
  hops: readonly string[],
  scheme: ClientInfo['scheme'],
  authority: Authority,
): ClientInfo {
  return {
    address: hops[0]!,
    scheme,
    authority: toAuthority(authority, scheme),
    forwardedFor: hops.join(', '),
  }
}
