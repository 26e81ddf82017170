// Which issuer a token is for, out of those that a route accepts: the one that `iss` names for a JWT, the one
// that can be asked for an opaque token. No token is ever shown to an issuer that it is not for.

import type { Metrics } from '../../telemetry/metrics.ts'
import { AccessTokenRefused, quote } from './accessTokenRefused.ts'
import { toRejection } from './createResourceServer.ts'
import { parseJwt } from './jwt.ts'
import type { ResourceServer, TokenVerdict } from './resourceServer.ts'
import { toTokenKey } from './tokenKey.ts'

/** A promise only where the token is not known. @throws GatewayError `issuer_unavailable` */
export type JudgeToken = (text: string) => TokenVerdict | Promise<TokenVerdict>

// Because it is judged before anything is parsed, this bounds the work that a stranger can cause.
const maxTokenLength = 16_384

/** `servers` have different issuers, and one at the most takes opaque tokens: the configuration sees to it. */
export function createIssuerChoice(
  servers: readonly ResourceServer[],
  metrics: Pick<Metrics, 'accessTokens'>,
): JudgeToken {
  const byIssuer = new Map(servers.map((server) => [server.provider.issuer, server]))
  const ofOpaque = servers.find(({ provider }) => provider.bearer.validation === 'introspection')

  function refuse(refusal: AccessTokenRefused): TokenVerdict {
    metrics.accessTokens.inc({ provider: 'none', outcome: refusal.reason })
    return toRejection(refusal)
  }

  function judge(text: string, key: string): TokenVerdict | Promise<TokenVerdict> {
    const jwt = parseJwt(text)
    const issuer = jwt?.payload['iss']
    const server = typeof issuer === 'string' ? byIssuer.get(issuer) : ofOpaque
    if (server !== undefined) return server.judge({ text, key, jwt })
    if (jwt === undefined) return refuse(new AccessTokenRefused('malformed', 'no signed JWT'))
    return refuse(new AccessTokenRefused('issuer', `iss: ${quote(issuer)} is not accepted here`))
  }

  return (text) => {
    if (text.length > maxTokenLength) {
      return refuse(new AccessTokenRefused('malformed', `over ${maxTokenLength} characters`))
    }
    const key = toTokenKey(text)
    for (const server of servers) {
      const known = server.find(key)
      if (known !== undefined) return known
    }
    return judge(text, key)
  }
}
