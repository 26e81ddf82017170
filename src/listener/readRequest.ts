// Makes a ReceivedRequest out of what Node parsed, and finds out whether it has to be refused.
// Hot: measured by `npm run bench`.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientInfo, ReceivedRequest } from '../request.ts'
import { createRequestId } from '../telemetry/requestId.ts'
import type { FindCertificateOf } from './clientCertificate.ts'
import { createFindClient } from './clients.ts'
import type { Connection } from './connections.ts'
import { checkHead, isLastHop, readHead } from './head.ts'
import type { IsTrusted } from './trustedProxies.ts'

/** What stands behind an upgrade request; undefined for any other. */
export type UpgradeHead = Buffer | undefined

export interface ReadResult {
  readonly received: ReceivedRequest
  /** RFC 9110 §7.6.2: this hop has to answer it, and may not forward it. */
  readonly isForUs: boolean
  /** A GatewayError, or a fault, for which this request may go no further; undefined for most. Its `client` is then no more than the peer. */
  readonly refusal: unknown
}

export type ReadRequest = (
  connection: Connection,
  incoming: IncomingMessage,
  response: ServerResponse,
  upgradeHead: UpgradeHead,
) => ReadResult

const nothing = Buffer.alloc(0)

export interface ReadRequestOptions {
  readonly isTrusted: IsTrusted
  readonly pseudonym: string
  /** What connections here speak. */
  readonly scheme: ClientInfo['scheme']
  /** Undefined where nobody is asked for certificates. */
  readonly findCertificateOf: FindCertificateOf | undefined
}

export function createReadRequest(options: ReadRequestOptions): ReadRequest {
  const { isTrusted, pseudonym, scheme, findCertificateOf } = options
  const findClient = createFindClient(isTrusted, scheme)
  return (connection, incoming, response, upgradeHead) => {
    const head = readHead(incoming.rawHeaders)
    let client: ClientInfo | undefined
    let refusal: unknown
    let isForUs = false
    try {
      checkHead(incoming, head, pseudonym)
      isForUs = isLastHop(incoming.method ?? '', head.maxForwards)
      client = findClient(connection, incoming.rawHeaders, head)
    } catch (error) {
      refusal = error
    }
    const received = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      fields: incoming.rawHeaders,
      client: client ?? toUnbelievedClient(connection, scheme),
      findCertificate: findCertificateOf?.(connection, incoming.rawHeaders),
      cookies: head.cookies,
      isUpgrade: upgradeHead !== undefined,
      receivedAt: performance.now(),
      upgradeHead: upgradeHead ?? nothing,
      incoming,
      response,
      record: createRecord(),
      corsFields: undefined,
      answerFields: undefined,
      isUnstorable: false,
      replacedContent: undefined,
      challenge: undefined,
      quotaFields: undefined,
      slot: undefined,
    }
    return { received, isForUs, refusal }
  }
}

/** For requests that are refused: nothing that they say is believed. */
function toUnbelievedClient({ peerAddress }: Connection, scheme: ClientInfo['scheme']): ClientInfo {
  return { address: peerAddress, scheme, authority: '', forwardedFor: peerAddress }
}

function createRecord(): ReceivedRequest['record'] {
  return {
    id: createRequestId(),
    routeName: undefined,
    principal: undefined,
    sessionId: undefined,
    quota: undefined,
    refusal: undefined,
    detail: undefined,
    cause: undefined,
  }
}
