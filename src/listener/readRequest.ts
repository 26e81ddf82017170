// Makes a ReceivedRequest out of what Node parsed, or the refusal for it. Hot: runs for every request; behind no
// trusted proxy, on a connection that keeps to one Host, nothing is parsed twice (`npm run bench`).

import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../errors/gatewayError.ts'
import type { ClientInfo, ReceivedRequest } from '../request.ts'
import { parseAuthority, toAuthority } from './authority.ts'
import { readBelievedClient } from './believedFields.ts'
import type { Connection } from './connections.ts'
import { checkHead, isLastHop, readHead, type Head } from './head.ts'
import type { IsTrusted } from './trustedProxies.ts'

/** What stands behind an upgrade request; undefined for any other. */
export type UpgradeHead = Buffer | undefined

export interface ReadResult {
  readonly received: ReceivedRequest
  /** RFC 9110 §7.6.2: this hop has to answer it, and may not forward it. */
  readonly isForUs: boolean
  /** Why this request may go no further. Its `client` is then no more than the peer. */
  readonly refusal: GatewayError | undefined
}

export type ReadRequest = (
  connection: Connection,
  incoming: IncomingMessage,
  response: ServerResponse,
  upgradeHead: UpgradeHead,
) => ReadResult

const nothing = Buffer.alloc(0)

export function createReadRequest(isTrusted: IsTrusted, pseudonym: string): ReadRequest {
  return (connection, incoming, response, upgradeHead) => {
    const head = readHead(incoming.rawHeaders)
    let client: ClientInfo | undefined
    let refusal: GatewayError | undefined
    let isForUs = false
    try {
      checkHead(incoming, head, pseudonym)
      isForUs = isLastHop(incoming.method ?? '', head.maxForwards)
      client = findClient(connection, incoming.rawHeaders, head, isTrusted)
    } catch (error) {
      refusal = toRefusal(error)
    }
    const received = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      fields: incoming.rawHeaders,
      client: client ?? toUnbelievedClient(connection),
      cookies: head.cookies,
      isUpgrade: upgradeHead !== undefined,
      upgradeHead: upgradeHead ?? nothing,
      incoming,
      response,
      record: createRecord(),
    }
    return { received, isForUs, refusal }
  }
}

function toRefusal(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  throw error
}

function findClient(
  connection: Connection,
  fields: readonly string[],
  { host, hosts }: Head,
  isTrusted: IsTrusted,
): ClientInfo {
  const { known, isPeerTrusted } = connection
  // RFC 9112 §3.2: none, or more than one, is 400.
  if (host === undefined || hosts > 1) throw malformed('not exactly one Host field')
  if (!isPeerTrusted && known !== undefined && known.host === host) return known.client
  const authority = parseAuthority(host)
  if (authority === undefined) throw malformed('Host is no host and port')
  const peer = { address: connection.peerAddress, host: authority }
  const believed = isPeerTrusted ? readBelievedClient(fields, peer, isTrusted) : undefined
  if (believed !== undefined) return believed
  const client = { ...toUnbelievedClient(connection), authority: toAuthority(authority, 'http') }
  connection.known = { host, client }
  return client
}

function toUnbelievedClient({ peerAddress }: Connection): ClientInfo {
  return { address: peerAddress, scheme: 'http', authority: '', forwardedFor: peerAddress }
}

function createRecord(): ReceivedRequest['record'] {
  return {
    routeName: undefined,
    principal: undefined,
    sessionId: undefined,
    refusal: undefined,
    detail: undefined,
    cause: undefined,
  }
}

function malformed(detail: string): GatewayError {
  return new GatewayError('request_malformed', detail)
}
