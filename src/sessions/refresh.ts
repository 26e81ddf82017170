// New tokens for a session, asked for once however many requests and replicas want them: one flight per
// session in the process, a lock among replicas, a failure remembered. A logout meanwhile wins.

import { setTimeout as wait } from 'node:timers/promises'
import { GatewayError } from '../errors/gatewayError.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock, EpochSeconds } from '../time.ts'
import type { Ending } from './ending.ts'
import { createExpiringMap } from '../expiringMap.ts'
import type { HeldSession } from './heldSession.ts'
import type { NearCache } from './nearCache.ts'
import type { RefreshResult, Session, SignIn } from './session.ts'
import type { RefreshTokens } from './sessions.ts'
import type { HeldLock, LockAttempt, SessionStore, StoredSession } from './stores/sessionStore.ts'
import type { Successors } from './successors.ts'

const failureSeconds = 30
const maxRemembered = 10_000
// Because a call to the issuer may take 10 s, and the winner makes a few more to Redis.
const maxWaitMs = 15_000
const saveAttempts = 3
const saveRetryMs = 200

export type RefreshOutcome =
  | { readonly outcome: 'refreshed'; readonly held: HeldSession }
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'unavailable'; readonly retryAt: EpochSeconds }

export interface Refresher {
  /** @throws GatewayError `session_store_unavailable`, `session_too_large` */
  refresh(held: HeldSession): Promise<RefreshOutcome>
  /** The same in the background, for tokens that are still good. What fails is logged. */
  refreshAhead(held: HeldSession): void
}

export interface RefresherOptions {
  readonly store: SessionStore
  readonly cache: NearCache
  readonly ending: Ending
  readonly successors: Successors
  readonly refreshTokens: RefreshTokens
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

const alone: LockAttempt = {
  state: 'held',
  lock: { release: async () => {}, releaseAsFailed: async () => {} },
}
const ended: RefreshOutcome = { outcome: 'ended' }

export function createRefresher(options: RefresherOptions): Refresher {
  const { store, cache, ending, successors, refreshTokens, clock, log, metrics } = options
  const flights = new Map<string, Promise<RefreshOutcome>>()
  const failures = createExpiringMap<true>(maxRemembered, clock)
  // Because a refresh token may work once: tokens that Redis could not take are not asked for again.
  const unsaved = createExpiringMap<StoredSession>(maxRemembered, clock)

  async function refresh(held: HeldSession): Promise<RefreshOutcome> {
    const { id } = held.stored.session
    const retryAt = failures.findEnd(id)
    if (retryAt !== undefined) return { outcome: 'unavailable', retryAt }
    const flying = flights.get(id)
    if (flying !== undefined) return flying
    const flight = takeTurn(held).finally(() => flights.delete(id))
    flights.set(id, flight)
    return flight
  }

  function refreshAhead(held: HeldSession): void {
    refresh(held).catch((error: unknown) => {
      const detail = error instanceof GatewayError ? error.detail : 'a fault of the gateway'
      log.warn({ session: held.stored.session.id, detail }, 'refresh: failed')
    })
  }

  async function takeTurn(held: HeldSession): Promise<RefreshOutcome> {
    const { id } = held.stored.session
    const pending = unsaved.find(id)
    if (pending !== undefined && pending.revision > held.stored.revision) {
      return save(held.credential, pending)
    }
    const deadline = performance.now() + maxWaitMs
    for (let delayMs = 25; performance.now() < deadline; delayMs = Math.min(2 * delayMs, 250)) {
      const attempt = (await store.acquireRefreshLock?.(id)) ?? alone
      if (attempt.state === 'held') return refreshHolding(attempt.lock, held)
      if (attempt.state === 'failed') return rememberFailure(id, attempt.retryAfterSeconds)
      const settled = await findSettled(held)
      if (settled !== undefined) return settled
      await wait(delayMs)
    }
    return { outcome: 'unavailable', retryAt: clock.now() + 1 }
  }

  async function refreshHolding(lock: HeldLock, held: HeldSession): Promise<RefreshOutcome> {
    let isFailed = false
    try {
      const outcome = (await findSettled(held)) ?? (await askIssuer(held))
      isFailed = outcome.outcome === 'unavailable'
      return outcome
    } finally {
      const released = isFailed ? lock.releaseAsFailed(failureSeconds) : lock.release()
      // Because a lock that cannot be released now runs out by itself.
      await released.catch(() => {})
    }
  }

  /** Whether somebody else was faster, or the session is gone. */
  async function findSettled({
    credential,
    stored,
  }: HeldSession): Promise<RefreshOutcome | undefined> {
    const successor = successors.find(stored)
    if (typeof successor === 'object') return { outcome: 'refreshed', held: successor }
    const { generation } = cache
    const current = await store.load(credential, stored)
    if (current === undefined || ending.isEnded(current)) return ended
    if (current.revision <= stored.revision) return undefined
    return { outcome: 'refreshed', held: { credential, stored: current, generation } }
  }

  async function askIssuer(held: HeldSession): Promise<RefreshOutcome> {
    const { session } = held.stored
    const result = await callIssuer(session)
    metrics.refreshes.inc({ provider: session.providerId, outcome: result.outcome })
    if (result.outcome === 'refreshed') {
      return save(held.credential, toRefreshed(held.stored, result.signIn, clock.now()))
    }
    log.warn({ session: session.id, detail: result.detail }, `refresh: ${result.outcome}`)
    if (result.outcome === 'unavailable') return rememberFailure(session.id, failureSeconds)
    return (await findSettled(held)) ?? endRefused(held)
  }

  async function callIssuer(session: Session): Promise<RefreshResult> {
    try {
      const result = await refreshTokens(session)
      return result.outcome === 'refreshed' ? checkSamePerson(session, result) : result
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'unknown fault'
      return { outcome: 'unavailable', detail }
    }
  }

  async function endRefused({ stored, credential }: HeldSession): Promise<RefreshOutcome> {
    await ending.end({ stored, credential, reason: 'refresh_refused' })
    return ended
  }

  async function save(credential: string, next: StoredSession): Promise<RefreshOutcome> {
    const { id, endsAt } = next.session
    if (ending.isEnded(next)) return ended
    unsaved.save(id, next, endsAt)
    cache.drop(id)
    const { generation } = cache
    const saved = await replaceInsistently(credential, next)
    unsaved.delete(id)
    if (saved === undefined || ending.isEnded(next)) return ended
    const held = { credential: saved, stored: next, generation }
    if (saved !== credential) successors.save(held)
    return { outcome: 'refreshed', held }
  }

  async function replaceInsistently(
    credential: string,
    next: StoredSession,
  ): Promise<string | undefined> {
    for (let attempt = 1; attempt < saveAttempts; attempt += 1) {
      try {
        return await store.replace(credential, next)
      } catch (error) {
        if (!isStoreAway(error)) throw error
        await wait(saveRetryMs)
      }
    }
    return store.replace(credential, next)
  }

  function rememberFailure(sessionId: string, seconds: number): RefreshOutcome {
    const retryAt = clock.now() + seconds
    failures.save(sessionId, true, retryAt)
    return { outcome: 'unavailable', retryAt }
  }

  return { refresh, refreshAhead }
}

function isStoreAway(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'session_store_unavailable'
}

type RefreshedResult = Extract<RefreshResult, { outcome: 'refreshed' }>

// OpenID Connect Core 1.0 §12.2: the same issuer and subject as before, or it is somebody else's session.
function checkSamePerson(session: Session, result: RefreshedResult): RefreshResult {
  const { issuer, subject } = result.signIn
  if (issuer === session.issuer && subject === session.subject) return result
  return { outcome: 'ended', detail: 'the refreshed ID Token is about somebody else' }
}

function toRefreshed(
  stored: StoredSession,
  { claims, tokens, issuerSessionId }: SignIn,
  now: EpochSeconds,
): StoredSession {
  const { session, revision, activity } = stored
  const named = issuerSessionId === undefined ? {} : { issuerSessionId }
  return {
    session: { ...session, claims, tokens, ...named },
    revision: revision + 1,
    tokensIssuedAt: now,
    activity,
  }
}
