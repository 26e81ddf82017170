import { z } from 'zod'
import { day, period } from './amounts.ts'
import { identifier } from './values.ts'

// Because beyond it a bucket's level, a float, would no longer tell one request from none.
const most = 1_000_000

export const quotaSchema = z.strictObject({
  by: z
    .enum(['client', 'subject', 'address', 'route'])
    .describe(
      'Who has a count of their own: each `client` (by client id), each `subject` (person or client), each client `address` (IPv6: each /64); `route` counts all together. Where no client is known its subject counts, where nobody is known the address.',
    ),
  limit: z.int().min(1).max(most).describe('How many requests `per` period.'),
  per: period(1000, 31 * day).describe(
    'The period. What was used comes back evenly over it, not all at its end.',
  ),
  burst: z
    .int()
    .min(1)
    .max(most)
    .optional()
    .describe('How many may come at once after a pause. Default: `limit`.'),
})

/** A quota of the route's own, or the name of one that several routes share. */
export const routeQuota = z
  .union([identifier, quotaSchema], {
    error: 'expected a quota such as { by: client, limit: 100, per: minute }, or the name of one',
  })
  .meta({ title: 'quota or name' })

export type QuotaConfig = z.output<typeof quotaSchema>
