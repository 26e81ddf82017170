// Limits for wrong passwords that are so wide that they limit nobody.

import type { Finding } from '../problems/problem.ts'
import { isForPassword } from '../routes/providerUses.ts'
import { day } from '../schema/amounts.ts'
import type { UnresolvedConfig } from '../schema.ts'

// Because ten times and twenty times the default still slow somebody who guesses; beyond it, nobody is kept from it.
const mostForAccount = 10_000
const mostForAddress = 100_000

export function findThrottlingWarnings({ providers, throttling }: UnresolvedConfig): Finding[] {
  if (!providers.some(isForPassword)) return []
  const { account, address } = throttling
  // Because an account that waits has one attempt at the end of each wait.
  const ofAccount = day * (account.failures / account.window + 1 / account.lockout)
  const ofAddress = day * (address.failures / address.window)
  return [
    ...findTooMany('account', ofAccount, mostForAccount),
    ...findTooMany('address', ofAddress, mostForAddress),
  ]
}

function findTooMany(name: 'account' | 'address', guesses: number, most: number): Finding[] {
  if (guesses <= most) return []
  const whose = name === 'account' ? 'at one account' : 'from one address'
  const settings = name === 'account' ? 'failures, or a longer window and lockout' : 'failures'
  const message = `about ${Math.round(guesses)} passwords can be tried ${whose} in a day, which hardly keeps anybody from guessing. Set fewer ${settings}.`
  return [{ path: ['throttling', name], message, pointsAt: 'key' }]
}
