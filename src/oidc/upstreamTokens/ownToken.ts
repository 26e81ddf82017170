// An access token that the gateway gets for itself and keeps: renewed in the background before it ends, one request
// at a time, with growing delays while there is none to be had. Hot: `find` runs for every request to its upstream.

import type { Clock, EpochSeconds } from '../../time.ts'
import type { IssuedAccessToken } from '../clientCredentials/clientCredentialsGrant.ts'
import type { TokenEvents } from './tokenEvents.ts'

export interface OwnToken {
  /** A promise only where none is held. Throws what the request for it throws; at once, while it is too early. */
  find(): string | Promise<string>
  /** An upstream says no to this one. False where the last such refusal was a moment ago: another would not help. */
  drop(accessToken: string): boolean
  /** By another client from now on: the one that is held is good until there is another. */
  renew(): void
  start(): void
  stop(): void
}

export interface OwnTokenOptions {
  readonly request: () => Promise<IssuedAccessToken>
  readonly events: TokenEvents
  readonly clock: Clock
}

interface Held {
  readonly accessToken: string
  readonly obtainedAt: EpochSeconds
  readonly expiresAt: EpochSeconds
  readonly dueAt: EpochSeconds
  isRefused: boolean
}

const lookAfterMs = 1000
const maxMarginSeconds = 60
const marginShare = 0.2
const firstDelaySeconds = 1
const lastDelaySeconds = 60

/** Between two refusals of an upstream that are acted on. Threat: callers that make it say 401 as often as they like. */
export const dropIntervalSeconds = 10

export function createOwnToken({ request, events, clock }: OwnTokenOptions): OwnToken {
  let held: Held | undefined
  let obtaining: Promise<string> | undefined
  let failure: { readonly error: unknown; readonly failedAt: EpochSeconds } | undefined
  let delaySeconds = firstDelaySeconds
  let droppedAt: EpochSeconds = -Infinity
  let isOfFormerClient = false
  let timer: NodeJS.Timeout | undefined

  // Because a clock that is set back, as after a start with a wrong one, must not make anything wait for hours.
  function isWithin(seconds: EpochSeconds, since: EpochSeconds): boolean {
    const now = clock.now()
    return now >= since && now < since + seconds
  }

  function isDue({ dueAt, obtainedAt }: Held): boolean {
    const now = clock.now()
    return now >= dueAt || now < obtainedAt
  }

  function findLive(): Held | undefined {
    return held !== undefined && clock.now() < held.expiresAt ? held : undefined
  }

  async function obtainNow(): Promise<string> {
    const wasOfFormerClient = isOfFormerClient
    isOfFormerClient = false
    try {
      const issued = await request()
      held = toHeld(issued, clock.now())
      events.obtained()
      failure = undefined
      return issued.accessToken
    } catch (error) {
      isOfFormerClient ||= wasOfFormerClient
      delaySeconds = failure === undefined ? firstDelaySeconds : nextDelay(delaySeconds)
      failure = { error, failedAt: clock.now() }
      events.failed(error)
      throw error
    }
  }

  async function obtain(): Promise<string> {
    if (obtaining === undefined) {
      if (failure !== undefined && isWithin(delaySeconds, failure.failedAt)) throw failure.error
      obtaining = obtainNow().finally(() => {
        obtaining = undefined
      })
    }
    return obtaining
  }

  // Because an upstream may say 401 for reasons of its own: while there is no other, it is not given up.
  async function replace(refused: Held): Promise<string> {
    try {
      return await obtain()
    } catch (error) {
      if (findLive() === refused) return refused.accessToken
      throw error
    }
  }

  function obtainAhead(): void {
    obtain().catch(() => {})
  }

  function look(): void {
    const live = findLive()
    const isGood = live !== undefined && !live.isRefused && !isOfFormerClient
    if (!isGood || isDue(live)) obtainAhead()
  }

  return {
    find() {
      const live = findLive()
      if (live === undefined) return obtain()
      if (live.isRefused) return replace(live)
      if (obtaining === undefined && isDue(live)) obtainAhead()
      return live.accessToken
    },
    drop(accessToken) {
      if (held?.accessToken !== accessToken || held.isRefused) return true
      if (isWithin(dropIntervalSeconds, droppedAt)) return false
      droppedAt = clock.now()
      held.isRefused = true
      events.dropped()
      return true
    },
    renew() {
      isOfFormerClient = true
      failure = undefined
      obtainAhead()
    },
    start() {
      obtainAhead()
      timer = setInterval(look, lookAfterMs).unref()
    },
    stop: () => clearInterval(timer),
  }
}

function nextDelay(seconds: EpochSeconds): EpochSeconds {
  return Math.min(seconds * 2, lastDelaySeconds)
}

function toHeld({ accessToken, expiresAt = Infinity }: IssuedAccessToken, now: number): Held {
  const margin = Math.min(maxMarginSeconds, (expiresAt - now) * marginShare)
  // Because many replicas began together: they are not to renew together.
  const dueAt = expiresAt - margin * (0.75 + Math.random() / 4)
  return { accessToken, obtainedAt: now, expiresAt, dueAt, isRefused: false }
}
