// An access token as a way in (RFC 6750), judged by the issuer that it names, out of those that the route
// accepts. Hot: a token that is known costs a hash and a look-up; measured by `npm run bench`.

import { createIssuerChoice, type JudgeToken } from '../oidc/issuerChoice.ts'
import type { ResourceServer } from '../oidc/resourceServer.ts'
import type { AuthenticationResult, RoutedRequest } from '../request.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { findBearerCredentials } from './bearerCredentials.ts'
import type { WayIn } from './wayIn.ts'

const noCredentials: AuthenticationResult = { outcome: 'no_credentials' }

/**
 * @param servers by provider id
 * @throws GatewayError `issuer_unavailable`
 */
export function createBearerWay(
  servers: ReadonlyMap<string, ResourceServer>,
  metrics: Pick<Metrics, 'accessTokens'>,
): WayIn {
  const choices: JudgeToken[] = []

  function chooseFor({ index, providers }: RoutedRequest['route']): JudgeToken {
    const accepted = [...servers].filter(([id]) => providers?.includes(id) ?? true)
    return (choices[index] ??= createIssuerChoice(
      accepted.map(([, server]) => server),
      metrics,
    ))
  }

  return ({ received, route }) => {
    const credentials = findBearerCredentials(received.fields)
    if (credentials === undefined) return noCredentials
    if ('token' in credentials) {
      const { token } = credentials
      const judged = (choices[route.index] ?? chooseFor(route))(token)
      if (judged instanceof Promise) return judged.then((result) => withToken(result, token))
      return withToken(judged, token)
    }
    metrics.accessTokens.inc({ provider: 'none', outcome: 'invalid_request' })
    return { outcome: 'rejected', code: 'invalid_request', detail: credentials.fault }
  }
}

// Because the verdict is kept without it.
function withToken(result: AuthenticationResult, accessToken: string): AuthenticationResult {
  if (result.outcome !== 'authenticated') return result
  const { outcome, principal, setCookies } = result
  return { outcome, principal, setCookies, accessToken }
}
