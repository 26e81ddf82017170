// Logins in flight, one sealed cookie each, so that two tabs never break each other and no store is needed.
// A used one stays as a marker until it expires: for the back button, and to see a login that goes in circles.

import { createHash, randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { cookieNames, findCookie, toSetCookie, type CookieJar } from '../http/cookies.ts'
import type { LoginSecrets } from '../oidc/login/loginSecrets.ts'
import type { Clock, EpochSeconds } from '../time.ts'
import { createSeals, isEqual } from './seals.ts'

export interface PendingAttempt extends LoginSecrets {
  readonly kind: 'pending'
  readonly providerId: string
  /** Where the browser wanted to go; checked. */
  readonly rd: string
  readonly createdAt: EpochSeconds
}

export interface UsedAttempt {
  readonly kind: 'used'
  readonly state: string
  readonly providerId: string
  readonly rd: string
  readonly createdAt: EpochSeconds
  readonly usedAt: EpochSeconds
}

export type LoginAttempt = PendingAttempt | UsedAttempt

/** A cookie of ours with the attempt in it; undefined where it cannot be read any more. */
interface StoredAttempt {
  readonly cookieName: string
  readonly size: number
  readonly attempt: LoginAttempt | undefined
}

export interface LoginAttempts {
  /** The attempt with exactly this `state` that this browser has in flight, or had a moment ago. */
  find(cookies: string | undefined, state: string): Promise<LoginAttempt | undefined>
  /** Set-Cookie values for a new attempt, and for the older ones that have to make room. */
  add(cookies: string | undefined, attempt: PendingAttempt): Promise<readonly string[]>
  /** The Set-Cookie value that turns an attempt into its marker. */
  markUsed(attempt: PendingAttempt): Promise<string>
  /** The Set-Cookie value that removes the attempt. */
  remove(state: string): string
  /** Logins that this browser completed within the last minute. */
  recentlyUsed(cookies: string | undefined): Promise<readonly UsedAttempt[]>
}

export interface LoginAttemptsDependencies {
  readonly config: Config
  readonly jar: CookieJar
  readonly clock: Clock
}

export const attemptLifetimeSeconds = 600
const maxPending = 5
const maxUsed = 3
// Because all cookies together have to fit into the 16 KiB that a request head may have.
const maxTotalSize = 10_240
const maxUsedRdLength = 1000
const maxCookiesRead = 16
const loopWindowSeconds = 60

export function createLoginAttempts({
  config,
  jar,
  clock,
}: LoginAttemptsDependencies): LoginAttempts {
  const seals = createSeals<LoginAttempt>(
    config.sessions.keys,
    'login attempt',
    attemptLifetimeSeconds,
  )
  const namePrefix = `${jar.base}-login-`

  // Because `state` comes from the URL, its digest names the cookie and nothing of it is written.
  const nameOf = (state: string): string =>
    namePrefix + createHash('sha256').update(state).digest('base64url').slice(0, 10)

  async function read(cookies: string | undefined, cookieName: string): Promise<StoredAttempt> {
    const text = findCookie(cookies, cookieName) ?? ''
    const attempt = text === '' ? undefined : await seals.open(text)
    const isAlive =
      attempt !== undefined && attempt.createdAt + attemptLifetimeSeconds > clock.now()
    return { cookieName, size: text.length, attempt: isAlive ? attempt : undefined }
  }

  function readAll(cookies: string | undefined): Promise<StoredAttempt[]> {
    const names = new Set(cookieNames(cookies).filter((name) => name.startsWith(namePrefix)))
    return Promise.all([...names].slice(0, maxCookiesRead).map((name) => read(cookies, name)))
  }

  async function write(attempt: LoginAttempt): Promise<string> {
    const text = await seals.seal(attempt)
    return toSetCookie(jar, nameOf(attempt.state), text, { maxAge: attemptLifetimeSeconds })
  }

  return {
    async find(cookies, state) {
      const { attempt } = await read(cookies, nameOf(state))
      return attempt !== undefined && isEqual(attempt.state, state) ? attempt : undefined
    },
    async add(cookies, attempt) {
      const written = await write(attempt)
      const stored = await readAll(cookies)
      const room = maxTotalSize - written.length - sizeOfOthers(cookies, stored)
      const dropped = findDropped(stored, room)
      return [...dropped.map((name) => toSetCookie(jar, name, '', { maxAge: 0 })), written]
    },
    markUsed: (attempt) => write(toUsed(attempt, clock.now())),
    remove: (state) => toSetCookie(jar, nameOf(state), '', { maxAge: 0 }),
    async recentlyUsed(cookies) {
      const since = clock.now() - loopWindowSeconds
      return (await readAll(cookies))
        .map(({ attempt }) => attempt)
        .filter((attempt) => attempt?.kind === 'used')
        .filter(({ usedAt }) => usedAt >= since)
    },
  }
}

/** Fresh secrets of 256 bits each. @see RFC 9700 §4.7.1, RFC 7636 §4.1 */
export function createLoginSecrets(isRestart: boolean): LoginSecrets {
  const state = randomText() + (isRestart ? restartMarker : '')
  return { state, nonce: randomText(), codeVerifier: randomText() }
}

const restartMarker = '.again'

/** Whether the gateway itself started this login, because the one before was unknown. Anyone can write it. */
export function isRestart(state: string): boolean {
  return state.endsWith(restartMarker)
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}

function toUsed(attempt: PendingAttempt, usedAt: EpochSeconds): UsedAttempt {
  const { state, providerId, createdAt } = attempt
  const rd = attempt.rd.length > maxUsedRdLength ? '/' : attempt.rd
  return { kind: 'used', state, providerId, rd, createdAt, usedAt }
}

/** How much of the Cookie field is the session's and the application's. */
function sizeOfOthers(cookies = '', stored: readonly StoredAttempt[]): number {
  return stored.reduce((left, { size }) => left - size, cookies.length)
}

/** Names of the cookies that have to go: unreadable ones, then the oldest beyond what a browser may keep. */
function findDropped(stored: readonly StoredAttempt[], room: number): string[] {
  const left = { pending: maxPending - 1, used: maxUsed }
  let size = 0
  const dropped: string[] = []
  for (const { cookieName, attempt, size: cookieSize } of stored.toSorted(byWorth)) {
    size += cookieSize
    if (attempt === undefined || left[attempt.kind] === 0 || size > room) dropped.push(cookieName)
    else left[attempt.kind] -= 1
  }
  return dropped
}

// Because the markers are what a loop is seen by, no login in flight may push them out.
function byWorth({ attempt: a }: StoredAttempt, { attempt: b }: StoredAttempt): number {
  if (a?.kind !== b?.kind) return a?.kind === 'used' || b === undefined ? -1 : 1
  return (b?.createdAt ?? 0) - (a?.createdAt ?? 0)
}
