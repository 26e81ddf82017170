// One log line and one observation for every request, when its answer has left.
// Hot: measured by `npm run bench`.

import { rowOf } from '../errors/catalogue.ts'
import type { ReceivedRequest } from '../request.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** How a request ended. */
export interface FinishedRequest {
  /** 101 for a WebSocket that was opened; 0 where the client left before any answer. */
  readonly status: number
  readonly durationMs: number
}

type Observe = (seconds: number) => void

export function createRequestLog(
  log: Log,
  metrics: Metrics,
): (received: ReceivedRequest, finished: FinishedRequest) => void {
  const findObserver = createObservers(metrics)
  return (received, { status, durationMs }) => {
    const { record, method, client } = received
    findObserver(record.routeName ?? 'none', record.refusal ?? 'passed', status)(durationMs / 1000)
    const level = record.refusal === undefined ? 'info' : rowOf(record.refusal).logLevel
    log[level](
      {
        id: record.id,
        method,
        route: record.routeName,
        status,
        durationMs: Math.round(durationMs * 10) / 10,
        client: client.address,
        principal: record.principal,
        session: record.sessionId,
        refusal: record.refusal,
        detail: record.detail,
        fault: faultOf(record),
      },
      'request',
    )
  }
}

// Because a peer's message may quote what it was sent: the stack of a fault of ours is written, of anything
// else its code or name alone.
function faultOf({ cause, refusal }: ReceivedRequest['record']): string | undefined {
  if (!(cause instanceof Error)) return undefined
  if (refusal === 'internal_error') return cause.stack
  return 'code' in cause ? String(cause.code) : cause.name
}

/** Children of the histogram are looked up by hash; kept here by route, outcome and status instead. */
function createObservers(metrics: Metrics) {
  const observers = new Map<string, Map<string, Map<number, Observe>>>()
  return (route: string, outcome: string, status: number): Observe => {
    const byOutcome = getOrInsert(observers, route, () => new Map<string, Map<number, Observe>>())
    const byStatus = getOrInsert(byOutcome, outcome, () => new Map<number, Observe>())
    const statusClass = Math.floor(status / 100)
    return getOrInsert(byStatus, statusClass, () => {
      const child = metrics.requests.labels({ route, outcome, status: `${statusClass}xx` })
      return (seconds) => child.observe(seconds)
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
