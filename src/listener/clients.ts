// Who is at the other end of a request. Refuses a Host that is no host and port. Hot: what was found is kept, per
// connection and Host, or behind a trusted proxy per combination of what it said (`npm run bench`).

import { findFieldValues } from '../http/fields.ts'
import type { ClientInfo } from '../request.ts'
import { parseAuthority, toAuthority } from './authority.ts'
import { readBelievedClient, type Peer } from './believedFields.ts'
import type { Connection } from './connections.ts'
import type { Head } from './head.ts'
import { malformed } from './malformed.ts'
import type { IsTrusted } from './trustedProxies.ts'

/** @throws GatewayError `request_malformed` */
export type FindClient = (
  connection: Connection,
  fields: readonly string[],
  head: Head,
) => ClientInfo

/** `scheme` is what connections here speak; a trusted proxy may know better of its client. */
export function createFindClient(isTrusted: IsTrusted, scheme: ClientInfo['scheme']): FindClient {
  const findBelieved = createBelievedClients(isTrusted, scheme)
  return (connection, fields, { host, hosts }) => {
    // RFC 9112 §3.2: none, or more than one, is 400.
    if (host === undefined || hosts > 1) throw malformed('not exactly one Host field')
    const { known, peerAddress } = connection
    if (connection.isPeerTrusted) return findBelieved(fields, peerAddress, host)
    if (known !== undefined && known.host === host) return known.client
    const client = toPeerClient(toPeer(peerAddress, host, scheme))
    connection.known = { host, client }
    return client
  }
}

// Because behind a load balancer every request brings these fields, mostly the same ones again. What a client
// made long is not kept.
const maxKept = 5000
const maxKeyLength = 400

function createBelievedClients(isTrusted: IsTrusted, scheme: ClientInfo['scheme']) {
  const kept = new Map<string, ClientInfo>()
  return (fields: readonly string[], peerAddress: string, host: string): ClientInfo => {
    const key = toKey(fields, peerAddress, host)
    const known = kept.get(key)
    if (known !== undefined) return known
    const peer = toPeer(peerAddress, host, scheme)
    const client = readBelievedClient(fields, peer, isTrusted) ?? toPeerClient(peer)
    if (kept.size >= maxKept) kept.clear()
    if (key.length <= maxKeyLength) kept.set(key, client)
    return client
  }
}

/** All that the client is made of; JSON, so that no value can pass for two. */
function toKey(fields: readonly string[], peerAddress: string, host: string): string {
  return JSON.stringify([
    peerAddress,
    host,
    findFieldValues(fields, 'x-forwarded-for'),
    findFieldValues(fields, 'x-forwarded-proto'),
    findFieldValues(fields, 'x-forwarded-host'),
    findFieldValues(fields, 'x-forwarded-port'),
    findFieldValues(fields, 'forwarded'),
  ])
}

function toPeer(address: string, host: string, scheme: ClientInfo['scheme']): Peer {
  const authority = parseAuthority(host)
  if (authority === undefined) throw malformed('Host is no host and port')
  return { address, host: authority, scheme }
}

function toPeerClient({ address, host, scheme }: Peer): ClientInfo {
  return { address, scheme, authority: toAuthority(host, scheme), forwardedFor: address }
}
