// What a store of sessions has to do, and what it keeps. Three do it: cookie, memory, redis.
// A store knows nothing of refreshes, caches or idle timeouts beyond what it has to write down.

import type { EpochSeconds } from '../../time.ts'
import type { Session } from '../session.ts'

/** One object per session and process, shared by all who hold the session; a hit writes to it. */
export interface Activity {
  lastSeen: EpochSeconds
  /** When the store was last told. */
  touchedAt: EpochSeconds
  /** Used since room was last made for others. */
  isUsed: boolean
}

export interface StoredSession {
  readonly session: Session
  /** Counts the refreshes: the higher one is the newer one. */
  readonly revision: number
  /** When this access token came. */
  readonly tokensIssuedAt: EpochSeconds
  readonly activity: Activity
  /** The bytes it was read from, where the store keeps bytes. */
  readonly sealed?: Buffer
}

export interface CreatedSession {
  /** The text that the browser gets. */
  readonly credential: string
  readonly stored: StoredSession
}

/** Who refreshes a session, among all replicas. */
export type LockAttempt =
  | { readonly state: 'held'; readonly lock: HeldLock }
  | { readonly state: 'busy' }
  /** Whoever held it last could not refresh; nobody tries before this many seconds are over. */
  | { readonly state: 'failed'; readonly retryAfterSeconds: number }

export interface HeldLock {
  release(): Promise<void>
  /** Releases, and keeps all replicas from trying for so long. */
  releaseAsFailed(seconds: number): Promise<void>
}

export type MaybePromise<T> = T | Promise<T>

/** Every method throws GatewayError `session_store_unavailable` where the store does not answer. */
export interface SessionStore {
  /** How long an opened session may be used without reading it again. */
  readonly freshSeconds: number
  /** The text in the cookies that may name a session. Hot. */
  findCredential(cookies: string): string | undefined
  /** Splits a credential into the values of `<base>`, `<base>.1`, … */
  toCookieValues(credential: string): readonly string[]
  /**
   * The session behind a credential; a credential that is unknown, altered or over gives undefined.
   * Gives `known` itself back where that is still what is stored.
   */
  load(credential: string, known?: StoredSession): MaybePromise<StoredSession | undefined>
  /** @throws GatewayError `session_too_large` */
  create(facts: Omit<Session, 'id'>): MaybePromise<CreatedSession>
  /**
   * Writes the result of a refresh and tells the other replicas. Gives the credential from now on, or
   * undefined where the session has been removed meanwhile: then nothing was written.
   * @throws GatewayError `session_too_large`
   */
  replace(credential: string, stored: StoredSession): MaybePromise<string | undefined>
  /** Writes down that the session was used; gives the credential from now on. */
  touch(credential: string, stored: StoredSession): MaybePromise<string>
  /** Removes the session and tells the other replicas. */
  remove(sessionId: string): MaybePromise<void>
  /** Absent where one process has all sessions. */
  readonly acquireRefreshLock?: (sessionId: string) => Promise<LockAttempt>
  isReady(): boolean
  close(): Promise<void>
}

/** What a store tells the rest of this process. */
export interface StoreEvents {
  /** Another replica wrote new tokens. */
  changed(sessionId: string): void
  /** Another replica ended it. */
  ended(sessionId: string): void
  /** It had to make room. */
  evicted(sessionId: string): void
  /** Whether news of other replicas arrives: where not, nothing may be cached. */
  setTrusted(isTrusted: boolean): void
}
