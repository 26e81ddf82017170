// Whether the gateway would take the claims that `postern explain` assumes for those of an access token: `iss`, `aud`,
// `exp`, `nbf` and the rest as the provider's `bearer` judges them. What the file leaves out is taken to be right.

import type { Config, Provider } from '../../config/config.ts'
import { isForClients, isForPeople, type Route } from '../../config/routes/route.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { checkAccessTokenClaims } from '../../oidc/accessTokens/accessTokenClaims.ts'
import { AccessTokenRefused } from '../../oidc/accessTokens/accessTokenRefused.ts'
import type { EpochSeconds } from '../../time.ts'
import type { AssumedCaller } from './assumedPrincipal.ts'

/** @throws GatewayError `invalid_token`, or `access_denied` where the gateway has obtained the token itself */
export function checkAssumedToken(
  caller: AssumedCaller,
  route: Route,
  { config, now }: { readonly config: Config; readonly now: EpochSeconds },
): void {
  const provider = config.providers.find(({ id }) => id === caller.principal.providerId)
  if (provider === undefined || !isToken(caller, route, provider)) return
  const { bearer, issuer } = provider
  const right = {
    iss: issuer,
    aud: [...(bearer?.audiences ?? [])],
    exp: now + 60,
    iat: now,
  }
  try {
    checkAccessTokenClaims(
      { ...right, ...caller.written },
      {
        issuer,
        audiences: bearer?.audiences ?? toList(caller.written?.['aud']),
        requiredClaims: bearer?.requiredClaims ?? {},
        maximumLifetime: bearer?.maximumLifetime,
        clockSkew: config.clockSkew,
        expirySkew: config.clockSkew,
      },
      now,
    )
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error
    throw new GatewayError(
      route.authenticate.includes('bearer') ? 'invalid_token' : 'access_denied',
      error.message,
    )
  }
}

/** Claims of a person that may as well be those of the ID Token are judged by nobody: the session has been opened. */
function isToken(
  { principal, written }: AssumedCaller,
  route: Route,
  { clientId, bearer, issuer }: Provider,
): boolean {
  if (written === undefined) return false
  if (written['iss'] !== undefined && written['iss'] !== issuer) return true
  if (bearer === undefined || !isForClients(route)) return false
  if (principal.kind === 'client' || !isForPeople(route)) return true
  const audiences = toList(written['aud'])
  return audiences.length > 0 && !audiences.includes(clientId ?? '')
}

function toList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}
