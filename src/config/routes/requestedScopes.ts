// Which scopes Postern asks for on behalf of a client that sends its id and secret.

import type { RuleConfig } from '../schema/require.ts'
import type { RouteConfig } from '../schema/route.ts'

/**
 * Those that the route names; else those that `require.scopes` wants all of. Undefined where it depends on the
 * client which of several it could get: then the route has to say.
 */
export function toRequestedScopes({
  clientCredentials,
  require,
}: Pick<RouteConfig, 'clientCredentials' | 'require'>): readonly string[] | undefined {
  if (clientCredentials !== undefined) return clientCredentials.scopes
  if (require === undefined) return []
  const { scopes, ...rest } = require
  if (namesScopes(rest)) return undefined
  if (scopes === undefined || Array.isArray(scopes)) return scopes ?? []
  return scopes.anyOf === undefined ? (scopes.allOf ?? []) : undefined
}

/** In the rules within it, too. */
function namesScopes({ scopes, allOf, anyOf, not }: RuleConfig): boolean {
  const inner = [...(allOf ?? []), ...(anyOf ?? []), ...(not === undefined ? [] : [not])]
  return scopes !== undefined || inner.some(namesScopes)
}
