// A quota as it is counted: whose it is, how its bucket is shaped, and what callers are told of it.

import type { NamedQuota } from '../config/routes/quotas.ts'
import type { Route } from '../config/routes/route.ts'
import type { BucketShape } from './bucket.ts'

export interface Quota extends BucketShape {
  readonly name: string
  readonly by: NamedQuota['by']
  /** Tells it from every other, here and on other replicas. One that is changed starts anew. */
  readonly id: string
  /** Its member of RateLimit-Policy. */
  readonly policy: string
}

export function compileQuota(named: NamedQuota, route: Route): Quota {
  const { name, by, limit, per, burst = limit, isShared } = named
  const owner = isShared ? ['shared', name] : ['route', route.name]
  return {
    name,
    by,
    burst,
    perSecond: limit / (per / 1000),
    id: JSON.stringify([...owner, by, limit, per, burst]),
    policy: toPolicy(name, limit, per / 1000, burst),
  }
}

// draft-ietf-httpapi-ratelimit-headers-11 §3.1; names are plain, so that a String needs no escapes.
function toPolicy(name: string, limit: number, window: number, burst: number): string {
  const policy = `"${name}";q=${limit};w=${window}`
  return burst === limit ? policy : `${policy};postern-burst=${burst}`
}
