import { z } from 'zod'
import { identityAssertionSchema } from './assertion.ts'
import { encodings, headerRuleSchema } from './identityHeader.ts'
import { fieldName } from './values.ts'

const claimName = z
  .string()
  .min(1)
  .regex(
    /^[^{}]*$/,
    "expected the name of a claim, or { template: '…' } for text with claims in braces",
  )

export const identitySchema = z.strictObject({
  preset: z
    .enum(['forwarded', 'remote-user', 'siteminder', 'webseal', 'x-auth-request', 'none'])
    .default('forwarded')
    .describe('A ready-made set of header names.'),
  headers: z
    .record(
      fieldName,
      z
        .union([claimName, headerRuleSchema], {
          error: 'expected the name of a claim, or a mapping that says what to make of it',
        })
        .meta({ title: 'claim name, or mapping' }),
    )
    .default({})
    .describe(
      'Further headers, or other values for the headers of the preset: header name to claim name, or to what is made of claims.',
    ),
  encoding: z
    .enum(encodings)
    .default('percent')
    .describe(
      'How values are written that a field cannot carry as they are; see identity-headers.md.',
    ),
  assertion: identityAssertionSchema
    .optional()
    .describe(
      'Sends `X-Postern-Assertion` as well: a signed JWT that the application can verify. Needs the top-level `assertion`.',
    ),
})

export type IdentityConfig = z.output<typeof identitySchema>
