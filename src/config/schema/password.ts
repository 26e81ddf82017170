import { z } from 'zod'
import { duration, hour } from './amounts.ts'

export const passwordSchema = z.strictObject({
  parameters: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe(
      'Further parameters of the token request, such as `audience`, `realm` or `connection`, where the issuer wants them.',
    ),
  cacheTime: duration(0, hour)
    .prefault('5m')
    .describe(
      'With `basic-password`: how long a right password counts without the issuer being asked again, at most for the life of its access token. The longest that a changed password or a removed right can go on.',
    ),
  negativeCacheTime: duration(0, hour)
    .prefault('1m')
    .describe(
      'With `basic-password`: how long a wrong password is refused without asking, and without counting it again, so that a client that repeats it does not lock the account.',
    ),
})

export type PasswordConfig = z.output<typeof passwordSchema>
