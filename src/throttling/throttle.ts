// Who may try a password now. Each attempt is counted before anybody is asked whether it is right, so that a
// thousand at once do not all pass, and given back where it was; refused ones count nothing.

import type { ThrottlingConfig } from '../config/schema/throttling.ts'
import type { Counter } from './counter.ts'

type Seconds = number

export interface Subject {
  /** Both as {@link CounterKeys} give them. */
  readonly account: string
  readonly address: string
}

export type Admission =
  | {
      readonly outcome: 'admitted'
      /** How long the account has to wait if the password is wrong; undefined where it need not yet. */
      readonly waitSeconds: Seconds | undefined
      /** To be called where the password was right, or nobody has looked at it. */
      readonly giveBack: () => Promise<void>
    }
  | {
      readonly outcome: 'refused'
      readonly because: 'account' | 'address'
      readonly retryAfterSeconds: Seconds
    }

export interface Throttle {
  admit(subject: Subject): Promise<Admission>
}

export interface Counters {
  readonly failures: Counter
  /** At most one for each account: it says that an account is waiting. */
  readonly waits: Counter
  readonly addresses: Counter
}

const firstShare = 32

export function createThrottle(settings: ThrottlingConfig, counters: Counters): Throttle {
  const { failures, waits, addresses } = counters
  const limit = settings.account.failures
  const windowSeconds = settings.account.window / 1000
  const lockoutSeconds = settings.account.lockout / 1000
  const addressSeconds = settings.address.window / 1000

  /** @param beyond failures since the limit was reached */
  function toWait(beyond: number): Seconds {
    return Math.ceil(Math.min(lockoutSeconds, (lockoutSeconds / firstShare) * 2 ** beyond))
  }

  /** The one attempt that a waiting account has: whoever comes first after a wait, and the next wait begins. */
  async function takeTurn(account: string, failed: number): Promise<Admission> {
    const wait = toWait(failed - limit)
    const { value, expiresIn } = await waits.add(account, wait)
    if (value > 1) return refuse('account', expiresIn)
    // Because the wait must not be forgotten before it is over.
    await failures.write(account, failed, wait + windowSeconds)
    return admit(account, wait)
  }

  function admit(account: string, waitSeconds?: Seconds): Admission {
    return {
      outcome: 'admitted',
      waitSeconds,
      async giveBack() {
        await failures.takeBack(account)
        if (waitSeconds !== undefined) await waits.remove(account)
      },
    }
  }

  async function admitAccount(account: string): Promise<Admission> {
    const known = await failures.read(account)
    if (known >= limit) return takeTurn(account, known + 1)
    const { value } = await failures.add(account, windowSeconds)
    return value < limit ? admit(account) : takeTurn(account, value)
  }

  return {
    async admit({ account, address }) {
      const { value, expiresIn } = await addresses.add(address, addressSeconds)
      const admission =
        value > settings.address.failures
          ? refuse('address', expiresIn)
          : await admitAccount(account)
      if (admission.outcome === 'refused') {
        // Threat: one account that is made to wait would use up the address of everybody who shares it.
        await addresses.takeBack(address)
        return admission
      }
      const giveBack = async () => {
        await Promise.all([admission.giveBack(), addresses.takeBack(address)])
      }
      return { ...admission, giveBack }
    },
  }
}

function refuse(because: 'account' | 'address', expiresIn: Seconds): Admission {
  return { outcome: 'refused', because, retryAfterSeconds: Math.max(1, Math.ceil(expiresIn)) }
}
