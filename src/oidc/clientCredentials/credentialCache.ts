// What credentials that callers send with every request are worth, so that the issuer is asked once for many
// requests. Knows no grant: whoever asks the issuer says what came out. Bounded; right and wrong ones apart.

import type { Clock, EpochSeconds, Milliseconds } from '../../time.ts'
import type { AttemptLimit } from './attemptLimit.ts'
import { createExpiringMap } from '../../expiringMap.ts'

/** Keyed hashes, each of more than the one before. */
export interface CredentialKeys {
  /** Whose they are: without the secret. */
  readonly account: string
  /** With the secret. */
  readonly credentials: string
  /** With what is asked for. */
  readonly request: string
}

/** What the issuer said. */
export type CredentialVerdict<T> =
  | { readonly outcome: 'granted'; readonly value: T; readonly until: EpochSeconds }
  /** Nobody has these credentials, whatever is asked for with them. */
  | { readonly outcome: 'wrong_credentials'; readonly detail: string }
  /** Not for this. */
  | {
      readonly outcome: 'refused'
      readonly errorCode: string
      readonly detail: string
      /** Whether the issuer says so only to those whose credentials are right. */
      readonly provesCredentials: boolean
    }

export type CredentialAnswer<T> =
  | CredentialVerdict<T>
  | { readonly outcome: 'too_many_attempts'; readonly retryAfterSeconds: number }

export interface CredentialCache<T> {
  /** What is known. The same object for as long as it is known. */
  find(requestKey: string): CredentialVerdict<T> | undefined
  /** Asks, once at a time for each request key. Throws what `ask` throws, and remembers nothing of it. */
  obtain(
    keys: CredentialKeys,
    ask: () => Promise<CredentialVerdict<T>>,
  ): Promise<CredentialAnswer<T>>
  forget(requestKey: string): void
}

export interface CredentialCacheOptions {
  readonly clock: Clock
  readonly attempts: Pick<AttemptLimit, 'begin' | 'end'>
  /** How long a no is repeated without asking. */
  readonly negativeCacheTime: Milliseconds
}

const maxEntries = 10_000

export function createCredentialCache<T>(options: CredentialCacheOptions): CredentialCache<T> {
  const { clock, attempts, negativeCacheTime } = options
  const granted = createExpiringMap<CredentialVerdict<T>>(maxEntries, clock)
  // Threat: guesses in the same cache would push out the right ones.
  const refused = createExpiringMap<CredentialVerdict<T>>(maxEntries, clock)
  const underway = new Map<string, Promise<CredentialAnswer<T>>>()

  async function askNow(
    keys: CredentialKeys,
    ask: () => Promise<CredentialVerdict<T>>,
  ): Promise<CredentialAnswer<T>> {
    const { account, credentials } = keys
    const delay = attempts.begin(account, credentials)
    if (delay !== undefined) return { outcome: 'too_many_attempts', retryAfterSeconds: delay }
    let verdict: CredentialVerdict<T> | undefined
    try {
      verdict = await ask()
      save(keys, verdict)
      return verdict
    } finally {
      attempts.end(account, credentials, toAttemptVerdict(verdict))
    }
  }

  function save(keys: CredentialKeys, verdict: CredentialVerdict<T>): void {
    if (verdict.outcome === 'granted') return granted.save(keys.request, verdict, verdict.until)
    const until = clock.now() + negativeCacheTime / 1000
    refused.save(keys.request, verdict, until)
    if (verdict.outcome === 'wrong_credentials') refused.save(keys.credentials, verdict, until)
  }

  return {
    find: (requestKey) => granted.find(requestKey) ?? refused.find(requestKey),
    obtain(keys, ask) {
      const pending = underway.get(keys.request)
      if (pending !== undefined) return pending
      const wrong = refused.find(keys.credentials)
      if (wrong !== undefined) return Promise.resolve(wrong)
      const asking = askNow(keys, ask).finally(() => underway.delete(keys.request))
      underway.set(keys.request, asking)
      return asking
    },
    forget: (requestKey) => granted.delete(requestKey),
  }
}

function toAttemptVerdict(
  verdict: CredentialVerdict<unknown> | undefined,
): 'right' | 'wrong' | 'unknown' {
  if (verdict === undefined) return 'unknown'
  const { outcome } = verdict
  if (outcome === 'granted') return 'right'
  return outcome === 'refused' && verdict.provesCredentials ? 'right' : 'wrong'
}
