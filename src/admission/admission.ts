// Fifth room: whether the route takes this request now. Quotas by address are judged on arrival, before anything
// is asked of an issuer; all others once the caller is known and may pass, so that strangers use up nobody's
// share. It alone makes an AdmittedRequest. Hot: costs nothing where a route has no limits (`npm run bench`).

import type { Config } from '../config/config.ts'
import type { Route } from '../config/routes/route.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type {
  AdmittedRequest,
  ArrivedRequest,
  AuthorizedRequest,
  ReceivedRequest,
  RoutedRequest,
} from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import type { Counter } from './counter.ts'
import { MemoryCounter } from './memoryCounter.ts'
import type { Caller, Refusal } from './meter.ts'
import { compilePlan } from './plan.ts'
import { RedisCounter } from './redisCounter.ts'
import type { Slots } from './slots.ts'

export interface AdmissionOptions {
  readonly routes: readonly Route[]
  readonly config: Pick<Config, 'quotas'> & {
    readonly sessions: Pick<Config['sessions'], 'redis'>
  }
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'quotaRefusals' | 'quotaFallbacks' | 'routeRequests'>
}

export interface Admission {
  /**
   * Counts by address. A promise only where Redis counts.
   *
   * @throws GatewayError `quota_exceeded`
   */
  readonly arrive: (routed: RoutedRequest) => ArrivedRequest | Promise<ArrivedRequest>
  /**
   * Takes a place among the requests under way, which `received.slot` gives back, and counts by all else. A
   * promise only where Redis counts.
   *
   * @throws GatewayError `route_busy`, `quota_exceeded`
   */
  readonly admit: (
    authorized: AuthorizedRequest,
    arrived: ArrivedRequest,
  ) => AdmittedRequest | Promise<AdmittedRequest>
  readonly close: () => Promise<void>
}

const nobody: Caller = { principal: undefined, setCookies: [] }

export function createAdmission(options: AdmissionOptions): Admission {
  const { routes, config, metrics } = options
  const counter = createCounter(options)
  const services = { counter, metrics }
  const plans = routes.map((route) => compilePlan(route, config.quotas, services))
  return {
    arrive(routed) {
      const counted = plans[routed.route.index]!.onArrival?.count(routed, nobody)
      if (counted instanceof Promise) return counted.then((refusal) => toArrived(routed, refusal))
      return toArrived(routed, counted)
    },
    admit(authorized) {
      const { slots, onAdmission } = plans[authorized.routed.route.index]!
      if (slots !== undefined) takeSlot(slots, authorized)
      const counted = onAdmission?.count(authorized.routed, authorized)
      if (counted instanceof Promise)
        return counted.then((refusal) => toAdmitted(authorized, refusal))
      return toAdmitted(authorized, counted)
    },
    close: () => counter.close(),
  }
}

function createCounter({ routes, config, clock, log, metrics }: AdmissionOptions): Counter {
  const memory = new MemoryCounter(clock)
  const { redis } = config.sessions
  const isNeeded = routes.some(({ quotas }) => quotas !== undefined)
  if (redis === undefined || !isNeeded) return memory
  return new RedisCounter({ redis, memory, log, metrics })
}

function takeSlot(slots: Slots, { routed, setCookies }: AuthorizedRequest): void {
  const { received } = routed
  // Because a request that is over gives nothing back any more; it is not forwarded either.
  if (received.incoming.socket.destroyed || received.response.headersSent) return
  if (slots.take()) {
    received.slot = slots
    return
  }
  throw new GatewayError('route_busy', `maxConcurrency ${slots.limit}`, {
    retryAfterSeconds: 1,
    setCookies,
  })
}

/** Threat: refusals that wait behind another answer of their connection would take the places of all others. */
function giveBack(received: ReceivedRequest): void {
  received.slot?.release()
  received.slot = undefined
}

function toArrived(routed: RoutedRequest, refusal: Refusal): ArrivedRequest {
  checkArrival(routed, refusal)
  return routed
}

function checkArrival(_: RoutedRequest, refusal: Refusal): asserts _ is ArrivedRequest {
  if (refusal !== undefined) throw refusal
}

function toAdmitted(authorized: AuthorizedRequest, refusal: Refusal): AdmittedRequest {
  if (refusal !== undefined) giveBack(authorized.routed.received)
  checkAdmission(authorized, refusal)
  return authorized
}

function checkAdmission(_: AuthorizedRequest, refusal: Refusal): asserts _ is AdmittedRequest {
  if (refusal !== undefined) throw refusal
}
