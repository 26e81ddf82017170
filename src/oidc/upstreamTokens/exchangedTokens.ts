// The tokens that callers' access tokens were exchanged for, for one upstream, each until its end. One request at a
// time for each caller's token; a failure counts for some seconds. Hot: `find` runs for every request to the upstream.

import type { Principal } from '../../request.ts'
import type { Clock, EpochSeconds } from '../../time.ts'
import type { IssuedAccessToken } from '../clientCredentials/clientCredentialsGrant.ts'
import { dropIntervalSeconds } from './ownToken.ts'
import type { TokenEvents } from './tokenEvents.ts'
import { createExpiringMap } from '../../expiringMap.ts'
import { toTokenKey } from '../accessTokens/tokenKey.ts'

export interface ExchangedTokens {
  /** A promise only where none is known. `principal` is whom `accessToken` speaks for. Throws what the exchange throws. */
  find(principal: Principal, accessToken: string): string | Promise<string>
  /** The upstream says no to `exchanged`. False where the last such refusal was a moment ago. */
  drop(principal: Principal, exchanged: string): boolean
}

export interface ExchangedTokensOptions {
  readonly exchange: (accessToken: string) => Promise<IssuedAccessToken>
  readonly events: TokenEvents
  readonly clock: Clock
}

interface Exchanged {
  readonly key: string
  readonly accessToken: string
  until: EpochSeconds
}

interface Failure {
  readonly error: unknown
  readonly failedAt: EpochSeconds
}

const maxKnown = 10_000
const failureSeconds = 5
const unknownLifetimeSeconds = 60
const maxMarginSeconds = 10
const marginShare = 0.1

export function createExchangedTokens(options: ExchangedTokensOptions): ExchangedTokens {
  const { exchange, events, clock } = options
  const byKey = createExpiringMap<Exchanged>(maxKnown, clock)
  const failures = createExpiringMap<Failure>(maxKnown, clock)
  const dropped = createExpiringMap<true>(maxKnown, clock)
  const underway = new Map<string, Promise<Exchanged>>()
  // Because the same session, and the same token, give the same principal, mostly nothing has to be hashed.
  const near = new WeakMap<Principal, Exchanged>()

  async function exchangeNow(accessToken: string, key: string): Promise<Exchanged> {
    try {
      const issued = await exchange(accessToken)
      const exchanged = { key, accessToken: issued.accessToken, until: usableUntil(issued, clock) }
      byKey.save(key, exchanged, exchanged.until)
      events.obtained()
      return exchanged
    } catch (error) {
      const failedAt = clock.now()
      failures.save(key, { error, failedAt }, failedAt + failureSeconds)
      events.failed(error)
      throw error
    }
  }

  async function obtain(principal: Principal, accessToken: string, key: string): Promise<string> {
    const failure = failures.find(key)
    // Because a clock that is set back must not make anybody wait for hours.
    if (failure !== undefined && clock.now() >= failure.failedAt) throw failure.error
    let exchanging = underway.get(key)
    if (exchanging === undefined) {
      exchanging = exchangeNow(accessToken, key).finally(() => underway.delete(key))
      underway.set(key, exchanging)
    }
    const exchanged = await exchanging
    near.set(principal, exchanged)
    return exchanged.accessToken
  }

  return {
    find(principal, accessToken) {
      const kept = near.get(principal)
      if (kept !== undefined && clock.now() < kept.until) return kept.accessToken
      const key = toTokenKey(accessToken)
      const known = byKey.find(key)
      if (known === undefined || clock.now() >= known.until) {
        return obtain(principal, accessToken, key)
      }
      near.set(principal, known)
      return known.accessToken
    },
    drop(principal, exchanged) {
      const kept = near.get(principal)
      if (kept?.accessToken !== exchanged || kept.until === 0) return true
      if (dropped.find(kept.key) !== undefined) return false
      dropped.save(kept.key, true, clock.now() + dropIntervalSeconds)
      kept.until = 0
      events.dropped()
      return true
    },
  }
}

/** Counted from before the call; a little earlier, so that it does not end on its way. */
function usableUntil({ expiresAt }: IssuedAccessToken, clock: Clock): EpochSeconds {
  const now = clock.now()
  if (expiresAt === undefined) return now + unknownLifetimeSeconds
  return expiresAt - Math.min(maxMarginSeconds, (expiresAt - now) * marginShare)
}
