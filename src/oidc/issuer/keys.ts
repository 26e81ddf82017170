// The public keys of one issuer: read when first needed, again when a token names a key that is not among
// them, and every ten minutes in the background. The last good ones stay through an outage.
// Whoever verifies tokens that anybody may send has an instance of its own, so that a caller's made-up `kid`
// never uses up the reading that a sign-in needs.

import {
  isSameKey,
  isSuitable,
  parseKeySet,
  type KeyHint,
  type VerificationKey,
} from '../../crypto/jwk.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock, EpochSeconds } from '../../time.ts'
import { IssuerUnavailable, isIssuerFault } from './faults.ts'
import type { IssuerFetch } from './issuerFetch.ts'

export interface IssuerKeys {
  /**
   * The keys that may have made the signature, four at the most; none where the issuer has none such.
   * @throws IssuerUnavailable where the keys cannot be read now
   */
  find(hint: KeyHint): Promise<readonly VerificationKey[]>
  /** Reads the keys where it is time to. Never throws; false while there are none. */
  prefetch(): Promise<boolean>
}

export interface IssuerKeysOptions {
  readonly issuer: string
  /** Asked at each reading, as the metadata may change. */
  readonly jwksUri: () => string
  readonly fetch: IssuerFetch
  readonly clock: Clock
  readonly log: Log
  /** Called before anybody gets the new keys, where they are others than before. */
  readonly onRotated?: () => void
}

const unknownKidInterval: EpochSeconds = 30
const failureInterval: EpochSeconds = 1
const rereadAfter: EpochSeconds = 600
const maxCandidates = 4

export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { clock, log, issuer } = options
  let keys: readonly VerificationKey[] | undefined
  let failure: IssuerUnavailable | undefined
  let reading: Promise<void> | undefined
  let triedAt: EpochSeconds = -Infinity
  let readForUnknownAt: EpochSeconds = -Infinity

  // Because clocks are set back now and then: a moment in the future is long ago.
  const isWithin = (interval: EpochSeconds, moment: EpochSeconds): boolean =>
    Math.abs(clock.now() - moment) < interval

  async function readOnce(): Promise<void> {
    try {
      const before = keys
      keys = await readKeys(options)
      failure = undefined
      if (before !== undefined && !areSame(before, keys)) options.onRotated?.()
    } catch (error) {
      const detail = isIssuerFault(error) ? error.message : 'the keys could not be read'
      if (failure?.message !== detail) log.warn({ issuer, detail }, 'issuer keys cannot be read')
      failure = new IssuerUnavailable(detail)
    }
    triedAt = clock.now()
  }

  /** One at a time; whoever asks meanwhile gets the same. */
  function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function load(): Promise<readonly VerificationKey[]> {
    const isTooEarly = failure !== undefined && isWithin(failureInterval, triedAt)
    if (keys === undefined && (reading !== undefined || !isTooEarly)) await read()
    else if (!isWithin(rereadAfter, triedAt)) void read()
    if (keys === undefined) throw failure ?? new IssuerUnavailable('no keys have been read')
    return keys
  }

  // Threat: a stranger's tokens with made-up key ids would have us call the issuer for each.
  async function readForUnknown(hint: KeyHint): Promise<void> {
    if (reading !== undefined) await reading
    if (keys !== undefined && isKnown(keys, hint)) return
    if (!isWithin(unknownKidInterval, readForUnknownAt)) {
      readForUnknownAt = clock.now()
      await read()
    }
    if (failure !== undefined) throw failure
  }

  return {
    async find(hint) {
      let known = await load()
      if (!isKnown(known, hint)) {
        await readForUnknown(hint)
        known = await load()
      }
      return known.filter((key) => isSuitable(key, hint)).slice(0, maxCandidates)
    },
    async prefetch() {
      await load().catch(() => undefined)
      return keys !== undefined
    },
  }
}

function isKnown(keys: readonly VerificationKey[], hint: KeyHint): boolean {
  if (hint.kid === undefined) return keys.some((key) => isSuitable(key, hint))
  return keys.some(({ kid }) => kid === hint.kid)
}

async function readKeys({ jwksUri, fetch }: IssuerKeysOptions): Promise<VerificationKey[]> {
  const url = jwksUri()
  const response = await fetch(url, { method: 'GET', headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new IssuerUnavailable(`${url}: answered ${response.status}`)
  const set: unknown = await response.json()
  const keys = parseKeySet(set)
  if (keys.length === 0) throw new IssuerUnavailable(`${url}: has no key that can be used`)
  return keys
}

function areSame(some: readonly VerificationKey[], others: readonly VerificationKey[]): boolean {
  return (
    some.length === others.length &&
    some.every((key) => others.some((other) => isSameKey(key, other)))
  )
}
