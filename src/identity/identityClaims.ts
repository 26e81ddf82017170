import type { Config } from '../config/config.ts'
import type { GroupsProvider } from './groupsClaims.ts'
import { claimsOf } from './headerValue.ts'
import { listIdentityHeaders } from './identityHeaders.ts'

// Because these come from elsewhere than the claims of a sign-in, none is asked for in vain at userinfo.
const everKnown = new Set(['sub', 'iss', 'scope', 'client_id'])

/** The claims that any route's headers and assertions are made of, as the configuration names them. */
export function listIdentityClaims({
  identity,
  routes,
  providers,
}: Pick<Config, 'identity' | 'routes'> & {
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
  return [...inHeaders, ...signed].filter((claim) => !everKnown.has(claim))
}
