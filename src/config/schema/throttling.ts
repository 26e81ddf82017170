import { z } from 'zod'
import { day, duration, second } from './amounts.ts'

const window = duration(second, day)
  .prefault('15m')
  .describe('How long a failure counts, from the first one on.')

const accountSchema = z.strictObject({
  failures: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('Wrong passwords that one account may have before it has to wait.'),
  window,
  lockout: duration(second, day)
    .prefault('15m')
    .describe(
      'The longest wait. The first is a 32nd of it, and each further failure doubles it; the issuer is not asked meanwhile.',
    ),
})

const addressSchema = z.strictObject({
  failures: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(50)
    .describe(
      'Wrong passwords, for whatever accounts, that may come from one client address. Of IPv6 a /64 counts as one. Many people behind one address may need more.',
    ),
  window,
})

export const throttlingSchema = z.strictObject({
  account: accountSchema
    .prefault({})
    .describe('For each account, in whatever spelling its name is written.'),
  address: addressSchema
    .prefault({})
    .describe('For each client address, past `listen.trustedProxies`.'),
  answerTime: duration(0, 30 * second)
    .prefault('500ms')
    .describe(
      'A refused sign-in is answered after this time or a multiple of it, so that nobody can tell by the time whether there is such an account. More than the issuer takes to check a password.',
    ),
})

export type ThrottlingConfig = z.output<typeof throttlingSchema>
