// Who it is that a token was issued to. With `bearer` it is judged like any token of that provider; without,
// what the issuer said when it gave the token is all that is known.

import type { ClientCredentialsProvider } from '../../config/config.ts'
import type { AuthenticationResult, Principal } from '../../request.ts'
import type { EpochSeconds } from '../../time.ts'
import type { IssuedAccessToken } from './clientCredentialsGrant.ts'
import { parseJwt } from '../accessTokens/jwt.ts'
import type {
  ReceivedAccessToken,
  ResourceServer,
  TokenVerdict,
} from '../accessTokens/resourceServer.ts'
import { toTokenKey } from '../accessTokens/tokenKey.ts'

export interface IssuedToken {
  readonly token: ReceivedAccessToken
  readonly clientId: string
  readonly askedAt: EpochSeconds
  /** As the answer of the token endpoint alone has it. */
  readonly result: AuthenticationResult
}

export interface IssuedTo {
  readonly provider: ClientCredentialsProvider
  readonly clientId: string
  readonly askedAt: EpochSeconds
}

export function toIssuedToken(
  { accessToken, scopes, expiresAt }: IssuedAccessToken,
  { provider, clientId, askedAt }: IssuedTo,
): IssuedToken {
  const { id: providerId, issuer } = provider
  const claims = { iss: issuer, sub: clientId, client_id: clientId }
  const subject = clientId
  const endsAt = expiresAt ?? askedAt + provider.clientCredentials.cacheTime / 1000
  const who = { providerId, issuer, subject, claims, scopes, endsAt }
  const principal: Principal = { kind: 'client', ...who }
  return {
    token: { text: accessToken, key: toTokenKey(accessToken), jwt: parseJwt(accessToken) },
    clientId,
    askedAt,
    result: { outcome: 'authenticated', principal, setCookies: [], accessToken },
  }
}

/** The same object for as long as the verdict stands. @throws GatewayError `issuer_unavailable` */
export function createIssuedTokenJudge(
  server: ResourceServer | undefined,
): (issued: IssuedToken) => AuthenticationResult | Promise<AuthenticationResult> {
  const kept = new WeakMap<IssuedToken, { verdict: TokenVerdict; result: AuthenticationResult }>()

  function asClient(verdict: TokenVerdict, issued: IssuedToken): AuthenticationResult {
    const known = kept.get(issued)
    if (known?.verdict === verdict) return known.result
    const result = toClientResult(verdict, issued)
    kept.set(issued, { verdict, result })
    return result
  }

  return (issued) => {
    if (server === undefined) return issued.result
    const known = server.find(issued.token.key)
    if (known !== undefined) return asClient(known, issued)
    return server.judge(issued.token).then((verdict) => asClient(verdict, issued))
  }
}

function toClientResult(
  verdict: TokenVerdict,
  { clientId, token }: IssuedToken,
): AuthenticationResult {
  if (verdict.outcome === 'rejected') return verdict
  // Threat: a token that is bound to a key (`cnf`), used for somebody who has proved nothing.
  if (verdict.confirmation !== undefined) return bound
  const { principal } = verdict
  const claims = { client_id: clientId, ...principal.claims }
  return {
    outcome: 'authenticated',
    // Because issuers give such tokens a subject of their own making, which would pass for a person.
    principal: { ...principal, kind: 'client', claims },
    setCookies: [],
    accessToken: token.text,
  }
}

const bound: AuthenticationResult = {
  outcome: 'rejected',
  code: 'invalid_token',
  detail: 'cnf: it is bound to a key that the caller has not proved to have',
}
