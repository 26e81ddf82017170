import { z } from 'zod'

export const passwordSchema = z.strictObject({
  parameters: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe(
      'Further parameters of the token request, such as `audience`, `realm` or `connection`, where the issuer wants them.',
    ),
})

export type PasswordConfig = z.output<typeof passwordSchema>
