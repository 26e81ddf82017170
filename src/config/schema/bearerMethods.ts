import { z } from 'zod'
import { fieldName } from './values.ts'

const cookieName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'expected the name of a cookie')
  .meta({ title: 'cookie name' })

export const bearerMethodsSchema = z.strictObject({
  header: fieldName
    .optional()
    .describe(
      'A field that holds the bare token. It goes no further, unless `forwardAuthorization: true`.',
    ),
  cookie: cookieName
    .optional()
    .describe(
      'A cookie that holds it. It goes no further, unless `forwardAuthorization: true`. Because cookies come along with what other sites start, methods besides GET, HEAD and OPTIONS, and WebSockets, then need an `Origin` of ours or of `cors.origins` (`websocketOrigins`), or `Sec-Fetch-Site: same-origin`. Warns at start.',
    ),
  basic: z
    .boolean()
    .default(false)
    .describe(
      'The password of HTTP Basic, beside any user name. For clients that know no other way; from a browser, which adds it by itself, as with `cookie`.',
    ),
  query: z
    .boolean()
    .default(false)
    .describe(
      'The parameter `access_token`, which is taken out of the query; answers say `Cache-Control: no-store` and `Referrer-Policy: strict-origin`. Addresses end up in logs and histories: warns at start.',
    ),
})

export type BearerMethods = z.output<typeof bearerMethodsSchema>
