// Builds the judge of one provider's access tokens: its keys, whom it asks, and what it remembers. Each token
// is judged once at a time, however many requests bring it.

import { GatewayError } from '../../errors/gatewayError.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { createAccessTokenJudge } from './accessTokenJudge.ts'
import { AccessTokenRefused } from './accessTokenRefused.ts'
import { isIssuerFault } from '../issuer/faults.ts'
import type { ReceivedAccessToken, ResourceServer, TokenVerdict } from './resourceServer.ts'
import { createTokenSources, type TokenSourcesOptions } from './tokenSources.ts'
import { createExpiringMap } from '../../expiringMap.ts'

export interface ResourceServerOptions extends TokenSourcesOptions {
  readonly metrics: Metrics
}

export interface BackgroundResourceServer extends ResourceServer {
  /** Begins to read what tokens are judged by, and keeps reading. */
  start(): void
  stop(): void
}

const maxKnown = 10_000
const retryAfterSeconds = 5

export function createResourceServer(options: ResourceServerOptions): BackgroundResourceServer {
  const { provider, clock, metrics } = options
  const { validation, introspection } = provider.bearer
  const refusalSeconds = introspection.negativeCacheTime / 1000
  const accepted = createExpiringMap<TokenVerdict>(maxKnown, clock)
  // Threat: a stranger's made-up tokens in the same cache would push out the good ones.
  const refused = createExpiringMap<TokenVerdict>(maxKnown, clock)
  const underway = new Map<string, Promise<TokenVerdict>>()
  let rotations = 0
  const sources = createTokenSources(options, function forgetAll() {
    rotations += 1
    accepted.clear()
    refused.clear()
  })
  const judge = createAccessTokenJudge({ ...options, sources })
  const count = (outcome: string): void =>
    metrics.accessTokens.inc({ provider: provider.id, outcome })
  const countAccepted = metrics.accessTokens.open({ provider: provider.id, outcome: 'accepted' })
  const countKnown = metrics.accessTokens.open({ provider: provider.id, outcome: 'known' })

  async function judgeNow(token: ReceivedAccessToken): Promise<TokenVerdict> {
    const before = rotations
    try {
      const { until, ...judged } = await judge(token)
      const result: TokenVerdict = { outcome: 'authenticated', ...judged, setCookies: [] }
      // Because keys that were dropped meanwhile may be what this verdict rests on.
      if (before === rotations) accepted.save(token.key, result, until)
      countAccepted()
      return result
    } catch (error) {
      return refuse(token, error)
    }
  }

  function refuse(token: ReceivedAccessToken, error: unknown): TokenVerdict {
    if (error instanceof AccessTokenRefused) {
      count(error.reason)
      const result = toRejection(error)
      if (validation !== 'jwt') refused.save(token.key, result, clock.now() + refusalSeconds)
      return result
    }
    if (!isIssuerFault(error)) throw error
    count('unavailable')
    throw new GatewayError('issuer_unavailable', error.message, { cause: error, retryAfterSeconds })
  }

  return {
    provider,
    get isReady() {
      return sources.isReady()
    },
    find(key) {
      const verdict = accepted.find(key) ?? refused.find(key)
      if (verdict !== undefined) countKnown()
      return verdict
    },
    judge(token) {
      const pending = underway.get(token.key)
      if (pending !== undefined) return pending
      const judging = judgeNow(token).finally(() => underway.delete(token.key))
      underway.set(token.key, judging)
      return judging
    },
    start: () => sources.start(),
    stop: () => sources.stop(),
  }
}

export function toRejection({ message }: AccessTokenRefused): TokenVerdict {
  return { outcome: 'rejected', code: 'invalid_token', detail: message }
}
