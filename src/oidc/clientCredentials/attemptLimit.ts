// Makes guessing slow: behind a few wrong credentials of one account, each further guess waits longer, and they
// come one at a time. Credentials that were right before never wait, so that nobody is locked out by a guesser.

import type { Clock, EpochSeconds } from '../../time.ts'
import { createExpiringMap } from '../../expiringMap.ts'

export interface AttemptLimit {
  /** How long this guess has to wait; undefined where it may be made now, and has begun. */
  begin(account: string, credentials: string): EpochSeconds | undefined
  /** Once for each attempt that has begun; `unknown` where nobody could say. */
  end(account: string, credentials: string, verdict: 'right' | 'wrong' | 'unknown'): void
  /** They were right within a day, and never wrong since. */
  isProven(credentials: string): boolean
}

interface Account {
  failures: number
  notBefore: EpochSeconds
  /** Attempts underway, by credentials: the same ones for two requests are one guess. */
  readonly underway: Map<string, number>
}

const freeFailures = 5
const longestDelay: EpochSeconds = 60
const failuresCount: EpochSeconds = 900
const provenFor: EpochSeconds = 86_400
const maxAccounts = 10_000

export function createAttemptLimit(clock: Clock): AttemptLimit {
  const accounts = createExpiringMap<Account>(maxAccounts, clock)
  const proven = createExpiringMap<true>(maxAccounts, clock)

  const isProven = (credentials: string): boolean => proven.find(credentials) === true

  function findDelay(account: Account, credentials: string): EpochSeconds | undefined {
    if (account.underway.has(credentials) || isProven(credentials)) return undefined
    const guesses = account.failures + account.underway.size
    if (guesses < freeFailures) return undefined
    const wait = account.notBefore - clock.now()
    if (account.underway.size === 0 && wait <= 0) return undefined
    return Math.max(1, wait)
  }

  return {
    isProven,
    begin(key, credentials) {
      const account = accounts.find(key) ?? { failures: 0, notBefore: 0, underway: new Map() }
      const delay = findDelay(account, credentials)
      if (delay !== undefined) return delay
      account.underway.set(credentials, (account.underway.get(credentials) ?? 0) + 1)
      accounts.save(key, account, clock.now() + failuresCount)
      return undefined
    },
    end(key, credentials, verdict) {
      if (verdict === 'right') proven.save(credentials, true, clock.now() + provenFor)
      if (verdict === 'wrong') proven.delete(credentials)
      const account = accounts.find(key)
      // Because an account that was pushed out by others begins anew.
      if (account === undefined) return
      const isLast = endOne(account.underway, credentials)
      if (verdict === 'wrong' && isLast) recordFailure(account, clock.now())
    },
  }
}

/** Whether it was the last of these. */
function endOne(underway: Map<string, number>, credentials: string): boolean {
  const left = (underway.get(credentials) ?? 1) - 1
  if (left > 0) underway.set(credentials, left)
  else underway.delete(credentials)
  return left <= 0
}

function recordFailure(account: Account, now: EpochSeconds): void {
  account.failures += 1
  const beyond = account.failures - freeFailures
  if (beyond >= 0) account.notBefore = now + Math.min(2 ** beyond, longestDelay)
}
