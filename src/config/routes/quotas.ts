// The quotas of a route, its own and those that it shares, each with the name that callers and operators read.

import type { QuotaConfig } from '../schema/quota.ts'
import type { RouteConfig } from '../schema/route.ts'
import { writePeriod } from '../schema/amounts.ts'

export interface NamedQuota extends QuotaConfig {
  /** Unique on its route: `client-minute` for one of the route's own. */
  readonly name: string
  /** Whether other routes count together with this one. */
  readonly isShared: boolean
}

/** In the order of the file. Names that are not in `shared` are left out. */
export function listQuotas(
  quotas: NonNullable<RouteConfig['quotas']>,
  shared: Readonly<Record<string, QuotaConfig>>,
): NamedQuota[] {
  return quotas.flatMap((entry): NamedQuota[] => {
    if (typeof entry !== 'string') return [{ ...entry, name: toName(entry), isShared: false }]
    const quota = shared[entry]
    return quota === undefined ? [] : [{ ...quota, name: entry, isShared: true }]
  })
}

function toName({ by, per }: QuotaConfig): string {
  return `${by}-${writePeriod(per)}`
}
