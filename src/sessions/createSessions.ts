// Sessions: puts one of the three stores together with the near cache, the refresh and the ways to end.
// Hot: `find` runs for every request that carries our cookie; measured by `npm run bench`, signed-in rows.

import type { SessionSettings } from '../config/config.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { CookieJar } from '../http/cookies.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import { createEnding, type Ending } from './ending.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { NearCache } from './nearCache.ts'
import { createRefresher } from './refresh.ts'
import type { Session, SignIn } from './session.ts'
import { toDeletedCookies } from './sessionCookies.ts'
import type {
  EndedSession,
  FoundSession,
  IsOfKnownIssuer,
  RefreshTokens,
  Sessions,
} from './sessions.ts'
import { createStore } from './stores/createStore.ts'
import type { SessionStore, StoreEvents } from './stores/sessionStore.ts'
import { createSuccessors } from './successors.ts'

export interface SessionsOptions {
  readonly settings: SessionSettings
  readonly jar: CookieJar
  readonly refreshTokens: RefreshTokens
  /** Whether people may still sign in where the session is from: a configuration may have changed since. */
  readonly isOfKnownIssuer: IsOfKnownIssuer
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Called once per session that ends before its time, wherever that was decided. */
  readonly onEnded?: (sessionId: string) => void
}

/** @throws Error where the file of `redis.tls.ca` cannot be read */
export function createSessions(options: SessionsOptions): Sessions {
  const { settings, clock, log, metrics, onEnded = () => {} } = options
  const cache = new NearCache({
    maxSessions: settings.nearCache.maxSessions,
    clock,
    gauge: metrics.nearCacheSessions,
  })
  const { lifetime } = settings
  const ending = createEnding({ store: () => store, cache, lifetime, clock, log, metrics, onEnded })
  const events = createStoreEvents(options, cache, ending)
  const store = createStore({ ...options, events })
  const common = { ...options, store, cache, ending, successors: createSuccessors(clock) }
  const refresher = createRefresher(common)
  const lookup = createLookup({ ...common, refresher })
  const parts = { store, cache, ending, lookup }
  return {
    find: createFind(parts),
    open: createOpen(options, parts),
    end: createEnd(options, parts),
    isReady: () => store.isReady(),
    async close() {
      ending.close()
      await store.close()
    },
  }
}

interface Parts {
  readonly store: SessionStore
  readonly cache: NearCache
  readonly ending: Ending
  readonly lookup: Lookup
}

function createStoreEvents(
  { metrics, onEnded }: SessionsOptions,
  cache: NearCache,
  ending: Ending,
): StoreEvents {
  return {
    changed: (sessionId) => cache.drop(sessionId),
    ended: (sessionId) => ending.endLocally(sessionId),
    evicted(sessionId) {
      metrics.sessions.inc({ event: 'evicted' })
      cache.drop(sessionId)
      onEnded?.(sessionId)
    },
    setTrusted: (isTrusted) => cache.setTrusted(isTrusted),
  }
}

function createFind({ store, cache, lookup }: Parts): Sessions['find'] {
  return (cookies) => {
    if (cookies === undefined) return undefined
    const credential = store.findCredential(cookies)
    if (credential === undefined) return undefined
    return cache.find(credential) ?? lookup.find(credential, cookies)
  }
}

function createOpen(options: SessionsOptions, parts: Parts): Sessions['open'] {
  const { settings, clock, log, metrics } = options
  const { store, cache, lookup } = parts

  function toFacts(signIn: SignIn, providerId: string): Omit<Session, 'id'> {
    const createdAt = clock.now()
    return { ...signIn, providerId, createdAt, endsAt: createdAt + settings.lifetime / 1000 }
  }

  return async function open(signIn, providerId, cookies): Promise<FoundSession> {
    const { generation } = cache
    const created = await store.create(toFacts(signIn, providerId))
    const { session } = created.stored
    metrics.sessions.inc({ event: 'opened' })
    log.info({ session: session.id, provider: providerId }, 'session opened')
    const held = { ...created, generation }
    lookup.keep(held)
    await endPrevious(parts, cookies)
    return { session, setCookies: lookup.toSetCookies(held, cookies) }
  }
}

/** Threat: a session from before the login, fixed by somebody else, would live on beside the new one. */
async function endPrevious({ store, ending, lookup }: Parts, cookies = ''): Promise<void> {
  const credential = store.findCredential(cookies)
  if (credential === undefined) return
  try {
    const previous = await lookup.load(credential)
    if (previous === undefined) return
    await ending.end({ stored: previous, credential, reason: 'new_login' })
  } catch {
    // Because the new session stands already: the old one is removed when the store answers.
    ending.postpone(credential)
  }
}

function createEnd({ jar }: SessionsOptions, parts: Parts): Sessions['end'] {
  const { store, cache, ending, lookup } = parts

  async function endNamed(credential: string): Promise<Session | undefined> {
    const known = cache.findKnown(credential)
    try {
      const stored = await lookup.load(credential)
      if (stored === undefined) return undefined
      await ending.end({ stored, credential, reason: 'logout' })
      return stored.session
    } catch (error) {
      if (known !== undefined) ending.endLocally(known.session.id)
      ending.postpone(credential)
      throw error
    }
  }

  return async function end(cookies): Promise<EndedSession> {
    const setCookies = toDeletedCookies(jar, cookies)
    const credential = cookies === undefined ? undefined : store.findCredential(cookies)
    if (credential === undefined) return { session: undefined, setCookies }
    try {
      return { session: await endNamed(credential), setCookies }
    } catch (error) {
      throw error instanceof GatewayError ? toIncomplete(error, setCookies) : error
    }
  }
}

/** The browser loses its cookie all the same, and must not be told that it stays signed in. */
function toIncomplete({ detail, options }: GatewayError, setCookies: readonly string[]) {
  return new GatewayError('logout_incomplete', detail, { ...options, setCookies })
}
