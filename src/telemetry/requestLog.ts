// One log line and one observation for every request, when its answer has left.
// Hot: measured by `npm run bench`.

import { rowOf } from '../errors/catalogue.ts'
import { toFaultCode } from '../errors/faultCode.ts'
import type { ReceivedRequest } from '../request.ts'
import type { LineLog } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { ObserveSeconds } from './requestDurations.ts'

/** How a request ended. */
export interface FinishedRequest {
  /** 101 for a WebSocket that was opened; 0 where the client left before any answer. */
  readonly status: number
  readonly durationMs: number
}

/** What of a request is written down. */
export type LoggedRequest = Pick<ReceivedRequest, 'method' | 'client' | 'record'>

export function createRequestLog(
  log: LineLog,
  metrics: Metrics,
): (received: LoggedRequest, finished: FinishedRequest) => void {
  const findObserver = createObservers(metrics)
  return (received, { status, durationMs }) => {
    const { record } = received
    findObserver(record.routeName ?? 'none', record.refusal ?? 'passed', status)(durationMs / 1000)
    if (record.refusal === undefined) {
      log.infoMembers(toMembers(received, status, durationMs), sentence)
    } else {
      log[rowOf(record.refusal).logLevel](toFields(received, status, durationMs), sentence)
    }
  }
}

const sentence = 'request'

/** The fields of a request that was refused. */
function toFields({ record, method, client }: LoggedRequest, status: number, durationMs: number) {
  return {
    id: record.id,
    method,
    route: record.routeName,
    status,
    durationMs: toTenths(durationMs),
    client: client.address,
    principal: record.principal,
    session: record.sessionId,
    refusal: record.refusal,
    quota: record.quota,
    detail: record.detail,
    fault: faultOf(record),
  }
}

/** The same of one that was not, as JSON. Ids, methods and addresses are of letters that JSON takes as they are. */
function toMembers(received: LoggedRequest, status: number, durationMs: number): string {
  const { record, method, client } = received
  const { id, routeName, principal, sessionId } = record
  let members = `"id":"${id}","method":"${method}"`
  if (routeName !== undefined) members += `,"route":${JSON.stringify(routeName)}`
  members += `,"status":${status},"durationMs":${toTenths(durationMs)},"client":"${client.address}"`
  if (principal !== undefined) members += `,"principal":${JSON.stringify(principal)}`
  if (sessionId !== undefined) members += `,"session":"${sessionId}"`
  return members
}

function toTenths(durationMs: number): number {
  return Math.round(durationMs * 10) / 10
}

// Because a peer's message may quote what it was sent: the stack of a fault of ours is written, of anything
// else its code or name alone.
function faultOf({ cause, refusal }: LoggedRequest['record']): string | undefined {
  if (!(cause instanceof Error)) return undefined
  if (refusal === 'internal_error') return cause.stack
  return toFaultCode(cause)
}

/** One series for each route, outcome and class of status. */
function createObservers(metrics: Metrics) {
  const observers = new Map<string, Map<string, Map<number, ObserveSeconds>>>()
  return (route: string, outcome: string, status: number): ObserveSeconds => {
    const byOutcome = getOrInsert(
      observers,
      route,
      () => new Map<string, Map<number, ObserveSeconds>>(),
    )
    const byStatus = getOrInsert(byOutcome, outcome, () => new Map<number, ObserveSeconds>())
    const statusClass = Math.floor(status / 100)
    return getOrInsert(byStatus, statusClass, () => {
      return metrics.requests.open({ route, outcome, status: `${statusClass}xx` })
    })
  }
}

function getOrInsert<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}
