// Counts a request in some quotas of its route, tells the caller how they stand, and refuses it where one is
// used up. A refused request is counted in none of them. Hot: measured by `npm run bench`, rows with quotas.

import { GatewayError } from '../errors/gatewayError.ts'
import type { Principal, RoutedRequest } from '../request.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { findWait, isEnough } from './bucket.ts'
import { toCallerKey } from './callerKey.ts'
import type { Counter, Levels } from './counter.ts'
import type { Quota } from './quota.ts'
import { toRateLimitFields } from './rateLimitFields.ts'

export interface MeterServices {
  readonly counter: Counter
  readonly metrics: Pick<Metrics, 'quotaRefusals'>
}

/** `quota_exceeded`; undefined where the request may go on. */
export type Refusal = GatewayError | undefined

export interface Caller {
  readonly principal: Principal | undefined
  /** What the refusal has to carry. */
  readonly setCookies: readonly string[]
}

export class Meter {
  readonly #quotas: readonly Quota[]
  readonly #services: MeterServices

  constructor(quotas: readonly Quota[], services: MeterServices) {
    this.#quotas = quotas
    this.#services = services
  }

  /** A promise only where the counter is in another process. */
  count(routed: RoutedRequest, caller: Caller): Refusal | Promise<Refusal> {
    const { address } = routed.received.client
    const keys = this.#quotas.map(({ by }) => toCallerKey(by, caller.principal, address))
    const levels = this.#services.counter.take(this.#quotas, keys)
    if (levels instanceof Promise) return levels.then((found) => this.#judge(routed, caller, found))
    return this.#judge(routed, caller, levels)
  }

  #judge(routed: RoutedRequest, { setCookies }: Caller, levels: Levels): Refusal {
    const { received } = routed
    const isTaken = levels.every(isEnough)
    const fields = toRateLimitFields(this.#quotas, levels, isTaken)
    received.quotaFields =
      received.quotaFields === undefined ? fields : [...received.quotaFields, ...fields]
    return isTaken ? undefined : this.#refuse(routed, setCookies, levels)
  }

  #refuse(
    { received, route }: RoutedRequest,
    setCookies: readonly string[],
    levels: Levels,
  ): Refusal {
    const exceeded = this.#quotas.filter((_, at) => !isEnough(levels[at]!))
    const names = exceeded.map(({ name }) => name)
    for (const quota of names)
      this.#services.metrics.quotaRefusals.inc({ route: route.name, quota })
    received.record.quota = names.join(', ')
    const wait = Math.max(...this.#quotas.map((quota, at) => findWait(levels[at]!, quota)))
    return new GatewayError('quota_exceeded', `${names.join(', ')}: ${wait.toFixed(3)} s to wait`, {
      retryAfterSeconds: wait,
      violatedPolicies: names,
      setCookies,
    })
  }
}
