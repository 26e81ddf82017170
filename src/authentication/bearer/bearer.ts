// An access token as a way in (RFC 6750), judged by the issuer that it names, out of those that the route
// accepts. Hot: a token that is known costs a hash and a look-up; measured by `npm run bench`.

import type { ResourceServer } from '../../oidc/accessTokens/resourceServer.ts'
import type { AuthenticationResult, RoutedRequest } from '../../request.ts'
import { createBearerPlan, type BearerOptions, type BearerPlan } from './bearerPlan.ts'
import { createCertificateCheck } from './certificate.ts'
import { createDpopCheck } from './dpop.ts'
import { createPossession } from './possession.ts'
import type { WayIn } from '../wayIn.ts'

const noCredentials: AuthenticationResult = { outcome: 'no_credentials' }

/**
 * @param servers by provider id
 * @throws GatewayError `issuer_unavailable`, `proof_store_unavailable`, `origin_not_allowed`
 */
export function createBearerWay(
  servers: ReadonlyMap<string, ResourceServer>,
  options: BearerOptions,
): WayIn {
  const { metrics } = options
  const prove = createPossession({
    'x5t#S256': createCertificateCheck(options),
    jkt: createDpopCheck({
      ...options,
      findSettings: (id) => servers.get(id)?.provider.bearer.dpop,
    }),
  })
  const plans: BearerPlan[] = []

  function planFor(route: RoutedRequest['route']): BearerPlan {
    return (plans[route.index] ??= createBearerPlan(route, [...servers.values()], options))
  }

  return (routed) => {
    const { received, route } = routed
    const plan = plans[route.index] ?? planFor(route)
    received.challenge = plan.challenges?.Bearer
    const credentials = plan.find(routed)
    if (credentials === undefined) return noCredentials
    if ('token' in credentials) {
      if (credentials.scheme === 'DPoP') received.challenge = plan.challenges?.DPoP
      const verdict = plan.judge(credentials.token)
      if (verdict instanceof Promise) return verdict.then((it) => prove(routed, credentials, it))
      return prove(routed, credentials, verdict)
    }
    metrics.accessTokens.inc({ provider: 'none', outcome: 'invalid_request' })
    return { outcome: 'rejected', code: 'invalid_request', detail: credentials.fault }
  }
}
