import { isForSignIn } from '../routes/providerUses.ts'
import { isForPeople } from '../routes/route.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'

/** Those whose callers can get as far as the route's rules. */
export function listRouteProviders(
  route: RouteConfig,
  providers: UnresolvedConfig['providers'],
): UnresolvedConfig['providers'] {
  return providers.filter(
    (provider) =>
      (route.providers?.includes(provider.id) ?? true) &&
      ((isForPeople(route) && isForSignIn(provider)) ||
        (route.authenticate.includes('bearer') && provider.bearer !== undefined) ||
        (route.authenticate.includes('client-credentials') &&
          provider.clientCredentials !== undefined)),
  )
}
