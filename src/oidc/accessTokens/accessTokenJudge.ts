// Judges one access token by its provider's policy: a JWT by its signature, an opaque one by asking the issuer,
// or both, in this order, so that no made-up token is worth a call.

import type { BearerProvider } from '../../config/config.ts'
import type { Principal } from '../../request.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../../time.ts'
import { verifyAccessToken, type AccessTokenPolicy } from './accessToken.ts'
import { checkAccessTokenClaims, type AccessTokenClaims } from './accessTokenClaims.ts'
import { toPrincipal } from './accessTokenPrincipal.ts'
import { AccessTokenRefused, quote } from './accessTokenRefused.ts'
import {
  checkRequired,
  joinConfirmations,
  parseConfirmation,
  toConfirmationRules,
  type Confirmation,
} from './confirmation.ts'
import type { ActiveToken } from './introspectionAnswer.ts'
import type { ReceivedAccessToken } from './resourceServer.ts'
import type { TokenSources } from './tokenSources.ts'

export interface Judged {
  readonly principal: Principal
  /** What the sender has yet to prove; undefined for a bearer token. */
  readonly confirmation: Confirmation | undefined
  /** How long this may be believed without judging again. */
  readonly until: EpochSeconds
}

export interface AccessTokenJudgeOptions {
  readonly provider: BearerProvider
  readonly sources: Pick<TokenSources, 'keys' | 'introspect'>
  readonly clockSkew: Milliseconds
  readonly clock: Clock
}

/** @throws AccessTokenRefused, IssuerUnavailable, AnswerInvalid */
export function createAccessTokenJudge(
  options: AccessTokenJudgeOptions,
): (token: ReceivedAccessToken) => Promise<Judged> {
  const { provider, sources, clock } = options
  const { validation, introspection } = provider.bearer
  const policy = createPolicy(options)
  const confirmed = toConfirmationRules(provider.bearer)

  async function verify({ jwt }: ReceivedAccessToken): Promise<AccessTokenClaims> {
    if (jwt === undefined) throw new AccessTokenRefused('malformed', 'no signed JWT')
    return verifyAccessToken(jwt, policy, clock.now())
  }

  async function ask(token: ReceivedAccessToken): Promise<{ answer: ActiveToken; until: number }> {
    if (sources.introspect === undefined) throw new Error('this issuer is not asked')
    const askedAt = clock.now()
    const answer = await sources.introspect(token.text)
    return { answer, until: askedAt + introspection.cacheTime / 1000 }
  }

  return async function judge(token) {
    const verified = validation === 'introspection' ? undefined : await verify(token)
    if (verified !== undefined && validation === 'jwt') {
      return toJudged(verified, toConfirmation(verified), verified.exp)
    }
    const { answer, until } = await ask(token)
    if (verified !== undefined) {
      checkSame(verified, answer, clock.now())
      return toJudged(verified, toConfirmation(verified, answer), until)
    }
    // Because the issuer answers by its own clock: what it gives is over when it says so.
    const claims = checkAccessTokenClaims(answer, { ...policy.claims, expirySkew: 0 }, clock.now())
    return toJudged(claims, toConfirmation(claims), until)
  }

  // Threat (RFC 9449 §7.2, RFC 8705 §3): a token that is bound to a key, used without the key.
  function toConfirmation(...said: readonly ActiveToken[]): Confirmation | undefined {
    const found = said
      .map(({ cnf }) => parseConfirmation(cnf, confirmed.checked))
      .reduce(joinConfirmations)
    checkRequired(found, confirmed.required)
    return found
  }

  function toJudged(
    claims: AccessTokenClaims,
    confirmation: Confirmation | undefined,
    until: EpochSeconds,
  ): Judged {
    const principal = toPrincipal(claims, provider.id)
    return { principal, confirmation, until: Math.min(claims.exp, until) }
  }
}

function createPolicy({
  provider,
  sources,
  clockSkew,
}: AccessTokenJudgeOptions): AccessTokenPolicy {
  const { issuer, bearer } = provider
  const { algorithms, types, audiences, requiredClaims, maximumLifetime } = bearer
  return {
    signature: { algorithms, types, keys: sources.keys },
    claims: {
      issuer,
      audiences,
      requiredClaims,
      maximumLifetime,
      clockSkew,
      expirySkew: clockSkew,
    },
  }
}

// Threat: an answer about another token than the one that was verified.
function checkSame(verified: AccessTokenClaims, answer: ActiveToken, now: EpochSeconds): void {
  for (const name of ['iss', 'sub', 'client_id', 'jti']) {
    const said = answer[name]
    if (said !== undefined && verified[name] !== undefined && said !== verified[name]) {
      throw new AccessTokenRefused('claims', `introspection: ${name} is ${quote(said)}`)
    }
  }
  const { exp } = answer
  if (typeof exp === 'number' && exp <= now) {
    throw new AccessTokenRefused('expired', `introspection: exp ${exp} is over`)
  }
}
