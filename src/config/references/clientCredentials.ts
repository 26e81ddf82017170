// What callers with a client id and a secret need: on each route one provider whose clients they are, and scopes
// to ask for.

import type { Finding, SettingPath } from '../problems/problem.ts'
import { toRequestedScopes } from '../routes/requestedScopes.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findTakenParameters } from './parameters.ts'

/** Parameters that are settings of their own, or that would make another request of it. */
const ownParameters: ReadonlySet<string> = new Set([
  'audience',
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'grant_type',
  'resource',
  'scope',
])

export function findTokenParameterProblems(
  { clientCredentials }: ProviderConfig,
  path: SettingPath,
): Finding[] {
  const at = [...path, 'clientCredentials', 'parameters']
  return findTakenParameters(clientCredentials?.parameters, ownParameters, at)
}

/** @param providers - Those that count on the route. */
export function findClientCredentialsProblems(
  route: RouteConfig,
  path: SettingPath,
  providers: readonly ProviderConfig[],
): Finding[] {
  const at = [...path, 'authenticate']
  if (!route.authenticate.includes('client-credentials')) return findUseless(route, path)
  const serving = providers.filter(({ clientCredentials }) => clientCredentials !== undefined)
  if (serving.length === 0) {
    const message = 'client-credentials needs a provider with `clientCredentials` settings.'
    return [{ path: at, message }]
  }
  if (route.bearerMethods?.basic === true) {
    const message = 'Basic holds either a secret or a token. Remove one of the two.'
    return [{ path: [...path, 'bearerMethods', 'basic'], message }]
  }
  if (serving.length > 1) {
    const ids = serving.map(({ id }) => id).join(', ')
    const message = `a client id does not say whose it is; name one of ${ids} in providers.`
    return [{ path: at, message }]
  }
  if (toRequestedScopes(route) !== undefined) return []
  const message =
    'client-credentials needs clientCredentials.scopes here: require names scopes of which one may do, so nobody knows which to ask for.'
  return [{ path: at, message }]
}

function findUseless({ clientCredentials }: RouteConfig, path: SettingPath): Finding[] {
  if (clientCredentials === undefined) return []
  const message = 'has no effect unless authenticate lists client-credentials.'
  return [{ path: [...path, 'clientCredentials'], message, pointsAt: 'key' }]
}

/** Routes that hand the caller's secret on. */
export function findSecretWarnings({ routes }: UnresolvedConfig): Finding[] {
  return routes.flatMap(({ authenticate, access, forwardAuthorization }, index) =>
    forwardAuthorization && access !== 'public' && authenticate.includes('client-credentials')
      ? [
          {
            path: ['routes', index, 'forwardAuthorization'],
            message: 'the upstream gets the secrets of callers, with which it can pass for them.',
          },
        ]
      : [],
  )
}
