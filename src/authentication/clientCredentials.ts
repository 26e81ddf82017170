// A client id and its secret as a way in, by HTTP Basic: Postern gets the token that such a client would get for
// itself. Hot: a client that is known costs a hash and two look-ups; measured by `npm run bench`.

import type { Config } from '../config/config.ts'
import { toRequestedScopes } from '../config/routes/requestedScopes.ts'
import type {
  AuthenticateClient,
  ClientCredentialsIssuer,
} from '../oidc/clientCredentials/clientCredentialsIssuer.ts'
import type { AuthenticationResult, RoutedRequest } from '../request.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { findBasicCredentials } from './basicCredentials.ts'
import { checkOwnSiteOfBrowser } from './ownSite.ts'
import type { WayIn } from './wayIn.ts'

const noCredentials: AuthenticationResult = { outcome: 'no_credentials' }

export interface ClientCredentialsOptions {
  readonly config: Pick<Config, 'publicUrl'>
  readonly metrics: Pick<Metrics, 'clientCredentials'>
}

/**
 * @param issuers by provider id
 * @throws GatewayError `origin_not_allowed`, `issuer_unavailable`, `too_many_attempts`, `insufficient_scope`, `access_denied`
 */
export function createClientCredentialsWay(
  issuers: ReadonlyMap<string, ClientCredentialsIssuer>,
  { config, metrics }: ClientCredentialsOptions,
): WayIn {
  const ofRoutes: AuthenticateClient[] = []

  // Because Basic does not say whose client it is, the configuration sees to it that one provider is left.
  function findFor(route: RoutedRequest['route']): AuthenticateClient {
    const issuer = [...issuers.values()].find(
      ({ provider }) => route.providers?.includes(provider.id) ?? true,
    )
    if (issuer === undefined) throw new Error(`route ${route.name} has no issuer of client tokens`)
    return (ofRoutes[route.index] ??= issuer.forScopes(toRequestedScopes(route) ?? []))
  }

  return (routed) => {
    const { received, route } = routed
    const credentials = findBasicCredentials(received.fields)
    if (credentials === undefined) return noCredentials
    if ('fault' in credentials) {
      metrics.clientCredentials.inc({ provider: 'none', outcome: 'malformed' })
      return { outcome: 'rejected', code: 'credentials_malformed', detail: credentials.fault }
    }
    checkOwnSiteOfBrowser(routed, config.publicUrl)
    const { userId, password } = credentials
    const authenticate = ofRoutes[route.index] ?? findFor(route)
    return authenticate({ clientId: userId, clientSecret: password })
  }
}
