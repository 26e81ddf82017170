import { z } from 'zod'
import { day, duration } from './amounts.ts'
import { fieldName, methodName, originUrl } from './values.ts'

// Because browsers compare it letter by letter, it is kept as they write it.
const origin = z
  .union([z.literal('*'), originUrl], {
    error:
      'expected an origin such as https://spa.example.com, without wildcards, or * alone for any',
  })
  .meta({ title: 'origin' })

export const corsSchema = z.strictObject({
  origins: z
    .array(origin)
    .min(1)
    .describe('Whose scripts may call and read: exact origins, or `*` alone for any.'),
  methods: z
    .array(methodName)
    .min(1)
    .optional()
    .describe('Methods that scripts may use. Default: those that the route takes.'),
  headers: z
    .array(fieldName)
    .default(['Authorization', 'Content-Type'])
    .describe('Request headers that scripts may set.'),
  exposeHeaders: z
    .array(fieldName)
    .default([])
    .describe(
      'Response headers that scripts may read, besides the usual ones and `WWW-Authenticate`.',
    ),
  credentials: z
    .boolean()
    .default(false)
    .describe("Lets scripts call with the browser's cookies. Not with `*`."),
  maxAge: duration(0, day)
    .optional()
    .describe('How long a browser may keep the answer to a preflight. Default: its own, 5 s.'),
})

export type CorsConfig = z.output<typeof corsSchema>
