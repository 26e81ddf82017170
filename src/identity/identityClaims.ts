import type { Config } from '../config/config.ts'
import type { GroupsProvider } from './groupsClaims.ts'
import { claimsOf } from './headerValue.ts'
import { listIdentityHeaders } from './identityHeaders.ts'

// Because these come from elsewhere than the claims of a sign-in, none is asked for in vain at userinfo.
const everKnown = new Set(['sub', 'iss', 'scope', 'client_id'])

/** The claims that any route's headers and assertions, or any upstream's user names, are made of, as configured. */
export function listIdentityClaims({
  identity,
  routes,
  providers,
  upstreams,
}: Pick<Config, 'identity' | 'routes' | 'upstreams'> & {
  readonly providers: readonly GroupsProvider[]
}): string[] {
  const groupsClaims = providers.map(({ claims }) => claims.groups)
  const told = routes
    .filter(({ access }) => access !== 'public')
    .map((route) => route.identity ?? identity)
  const inHeaders = told
    .flatMap(listIdentityHeaders)
    .flatMap((header) => (header.carriesGroups === true ? groupsClaims : claimsOf(header)))
  const signed = told
    .flatMap(({ assertion }) => assertion?.claims ?? [])
    .flatMap((claim) => (claim === 'groups' ? groupsClaims : [claim]))
  const userNames = Object.values(upstreams).flatMap(({ credentials }) =>
    credentials.type === 'basic' ? [credentials.userClaim] : [],
  )
  return [...inHeaders, ...signed, ...userNames].filter((claim) => !everKnown.has(claim))
}
