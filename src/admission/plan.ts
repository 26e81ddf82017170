// What a route counts, known before any request: by address on arrival, the rest once the caller is known.

import type { Config } from '../config/config.ts'
import { listQuotas } from '../config/routes/quotas.ts'
import type { Route } from '../config/routes/route.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { Meter, type MeterServices } from './meter.ts'
import { compileQuota, type Quota } from './quota.ts'
import { Slots } from './slots.ts'

export interface Plan {
  /** Undefined where nothing is counted then; likewise the others. */
  readonly onArrival: Meter | undefined
  readonly onAdmission: Meter | undefined
  readonly slots: Slots | undefined
}

export interface PlanServices extends MeterServices {
  readonly metrics: Pick<Metrics, 'quotaRefusals' | 'routeRequests'>
}

export function compilePlan(route: Route, shared: Config['quotas'], services: PlanServices): Plan {
  const quotas = listQuotas(route.quotas ?? [], shared).map((named) => compileQuota(named, route))
  const isOnArrival = ({ by }: Quota) => by === 'address'
  return {
    onArrival: toMeter(quotas.filter(isOnArrival), services),
    onAdmission: toMeter(
      quotas.filter((quota) => !isOnArrival(quota)),
      services,
    ),
    slots: toSlots(route, services),
  }
}

function toMeter(quotas: readonly Quota[], services: MeterServices): Meter | undefined {
  return quotas.length === 0 ? undefined : new Meter(quotas, services)
}

function toSlots({ name, maxConcurrency }: Route, { metrics }: PlanServices): Slots | undefined {
  if (maxConcurrency === undefined) return undefined
  return new Slots(maxConcurrency, metrics.routeRequests.labels({ route: name }))
}
