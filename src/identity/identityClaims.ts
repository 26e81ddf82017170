import type { Config } from '../config/config.ts'
import { listIdentityHeaders } from './principalFields.ts'

// Because these come from elsewhere than the claims of a sign-in, none is asked for in vain at userinfo.
const everKnown = new Set(['sub', 'iss', 'scope', 'client_id'])

/** The claims that any route's headers are made of, as the configuration names them. */
export function listIdentityClaims({
  identity,
  routes,
}: Pick<Config, 'identity' | 'routes'>): string[] {
  return routes
    .filter(({ access }) => access !== 'public')
    .flatMap((route) => listIdentityHeaders(route.identity ?? identity))
    .map(({ claim }) => claim)
    .filter((claim) => !everKnown.has(claim))
}
