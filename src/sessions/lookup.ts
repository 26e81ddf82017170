// The way to a session that the near cache does not have ready: read it, judge it, refresh it where that is
// due, write down that it was used. Requests with the same cookie share one way.

import type { SessionSettings } from '../config/config.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { CookieJar } from '../http/cookies.ts'
import type { Clock, EpochSeconds } from '../time.ts'
import { isAccessTokenOver, refreshDueAt, toServed } from './accessToken.ts'
import type { Ending } from './ending.ts'
import type { NearCache } from './nearCache.ts'
import type { HeldSession } from './heldSession.ts'
import type { Refresher } from './refresh.ts'
import { toSessionCookies } from './sessionCookies.ts'
import type { FoundSession, IsOfKnownIssuer } from './sessions.ts'
import type { SessionStore, StoredSession } from './stores/sessionStore.ts'
import type { Successors } from './successors.ts'

const maxTouchSeconds = 60

export interface LookupOptions {
  readonly settings: SessionSettings
  readonly jar: CookieJar
  readonly store: SessionStore
  readonly cache: NearCache
  readonly ending: Ending
  readonly refresher: Refresher
  readonly successors: Successors
  readonly isOfKnownIssuer: IsOfKnownIssuer
  readonly clock: Clock
}

export interface Lookup {
  find(credential: string, cookies: string): Promise<FoundSession | undefined>
  /** The live session behind a credential, unrefreshed. */
  load(credential: string): Promise<StoredSession | undefined>
  /** Keeps it in the near cache, and gives it as requests find it. */
  keep(held: HeldSession, retryAt?: EpochSeconds): FoundSession
  toSetCookies(held: HeldSession, cookies: string | undefined): string[]
}

export function createLookup(options: LookupOptions): Lookup {
  const { settings, jar, store, cache, ending, refresher, successors, isOfKnownIssuer, clock } =
    options
  const idleSeconds = settings.idleTimeout / 1000
  const touchSeconds = Math.min(maxTouchSeconds, idleSeconds / 10)
  const shared = new Map<
    string,
    { readonly generation: number; readonly found: Promise<FoundSession | undefined> }
  >()

  // Threat: a lookup that began before a session ended must not serve requests that came after.
  function find(credential: string, cookies: string): Promise<FoundSession | undefined> {
    const underway = shared.get(credential)
    if (underway?.generation === cache.generation) return underway.found
    const found = lookUp(credential, cookies).finally(() => {
      if (shared.get(credential)?.found === found) shared.delete(credential)
    })
    shared.set(credential, { generation: cache.generation, found })
    return found
  }

  async function lookUp(credential: string, cookies: string): Promise<FoundSession | undefined> {
    const { generation } = cache
    const stored = await load(credential)
    if (stored === undefined) return undefined
    const successor = successors.find(stored)
    if (successor === 'over') return undefined
    const held = successor ?? { credential, stored, generation }
    return refreshed(held, (current, retryAt) => serve(current, { credential, cookies, retryAt }))
  }

  async function load(credential: string): Promise<StoredSession | undefined> {
    if (ending.isSignedOut(credential)) return undefined
    const stored = await store.load(credential, cache.findKnown(credential))
    return stored !== undefined && isLive(stored) ? stored : undefined
  }

  function isLive(stored: StoredSession): boolean {
    const { session, activity } = stored
    const now = clock.now()
    if (now >= session.endsAt || now - activity.lastSeen >= idleSeconds) return false
    // Threat: an issuer that was taken out of the configuration would be believed for as long as its sessions live.
    return isOfKnownIssuer(session) && !ending.isEnded(stored)
  }

  type Serve = (held: HeldSession, retryAt?: EpochSeconds) => Promise<FoundSession | undefined>

  async function refreshed(held: HeldSession, serve: Serve): Promise<FoundSession | undefined> {
    const { session } = held.stored
    if (clock.now() < refreshDueAt(held.stored)) return serve(held)
    if (!isAccessTokenOver(session, clock.now())) {
      // Because an issuer may take its time: while the tokens at hand are good, nobody waits for it.
      refresher.refreshAhead(held)
      return serve(held, session.tokens.accessTokenExpiresAt)
    }
    const result = await refresher.refresh(held)
    if (result.outcome === 'ended') return undefined
    if (result.outcome === 'refreshed') return serve(result.held)
    if (settings.onIssuerOutage === 'refuse') throw toOutage(result.retryAt)
    return serve(held, result.retryAt)
  }

  function toOutage(retryAt: EpochSeconds): GatewayError {
    const retryAfterSeconds = Math.max(1, Math.ceil(retryAt - clock.now()))
    return new GatewayError('issuer_unavailable', 'the access token is over, no refresh now', {
      retryAfterSeconds,
    })
  }

  interface Asked {
    readonly credential: string
    readonly cookies: string
    readonly retryAt: EpochSeconds | undefined
  }

  async function serve(held: HeldSession, asked: Asked): Promise<FoundSession | undefined> {
    const touched = { ...held, credential: await touch(held) }
    // Because everything above may have taken its time: the logout wins.
    if (!isLive(held.stored) || ending.isSignedOut(asked.credential)) return undefined
    const found = keep(touched, asked.retryAt)
    if (touched.credential === asked.credential) return found
    successors.handOver(touched.stored)
    return { session: found.session, setCookies: toSetCookies(touched, asked.cookies) }
  }

  async function touch({ credential, stored }: HeldSession): Promise<string> {
    const { activity } = stored
    const now = clock.now()
    activity.lastSeen = now
    activity.isUsed = true
    if (now - activity.touchedAt < touchSeconds) return credential
    activity.touchedAt = now
    return store.touch(credential, stored)
  }

  function keep(held: HeldSession, retryAt?: EpochSeconds): FoundSession {
    const { credential, stored, generation } = held
    const now = clock.now()
    const found = { session: toServed(stored.session, now), setCookies: [] }
    cache.save(credential, { found, stored, quietUntil: quietUntil(stored, retryAt) }, generation)
    return found
  }

  /** The first moment at which something is due. */
  function quietUntil(stored: StoredSession, retryAt: EpochSeconds | undefined): EpochSeconds {
    const now = clock.now()
    const { accessTokenExpiresAt = 0 } = stored.session.tokens
    return Math.min(
      now + store.freshSeconds,
      stored.session.endsAt,
      stored.activity.touchedAt + touchSeconds,
      retryAt ?? refreshDueAt(stored),
      accessTokenExpiresAt > now ? accessTokenExpiresAt : Infinity,
    )
  }

  function toSetCookies({ credential, stored }: HeldSession, cookies: string | undefined) {
    const maxAge = Math.max(1, stored.session.endsAt - clock.now())
    return toSessionCookies(jar, store.toCookieValues(credential), maxAge, cookies)
  }

  return { find, load, keep, toSetCookies }
}
