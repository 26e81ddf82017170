// Each login is redeemed once in this process, however often its callback is asked for at the same time.
// What is remembered is bounded; the browser's own marker and the issuer stand behind it.

import { createHash } from 'node:crypto'
import { createExpiringMap } from '../expiringMap.ts'
import type { Clock } from '../time.ts'

export interface Redemptions<Outcome> {
  /** The outcome that a request before this one is waiting for, or has just met. */
  findInFlight(state: string): Promise<Outcome> | undefined
  /** Whether this process has redeemed it already, to whatever end. */
  isUsed(state: string): boolean
  /** Runs `redeem`. It counts as used unless it fails with an error that `isRepeatable` lets pass. */
  run(state: string, redeem: () => Promise<Outcome>): Promise<Outcome>
}

const maxRemembered = 10_000

export interface RedemptionsOptions {
  readonly clock: Clock
  readonly lifetimeSeconds: number
  /** Whether nothing was redeemed, so that the same callback may be tried again. */
  readonly isRepeatable: (error: unknown) => boolean
}

export function createRedemptions<Outcome>(options: RedemptionsOptions): Redemptions<Outcome> {
  const { clock, lifetimeSeconds, isRepeatable } = options
  const inFlight = new Map<string, Promise<Outcome>>()
  const used = createExpiringMap<true>(maxRemembered, clock)

  const remember = (state: string): void =>
    used.save(toKey(state), true, clock.now() + lifetimeSeconds)

  async function redeemOnce(state: string, redeem: () => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await redeem()
      remember(state)
      return outcome
    } catch (error) {
      if (!isRepeatable(error)) remember(state)
      throw error
    } finally {
      inFlight.delete(toKey(state))
    }
  }

  return {
    findInFlight: (state) => inFlight.get(toKey(state)),
    isUsed: (state) => used.find(toKey(state)) === true,
    run(state, redeem) {
      const pending = redeemOnce(state, redeem)
      inFlight.set(toKey(state), pending)
      return pending
    },
  }
}

// Because `state` is a secret while it is in flight, and of any length where an attacker wrote it.
function toKey(state: string): string {
  return createHash('sha256').update(state).digest('base64')
}
