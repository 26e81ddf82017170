import { z } from 'zod'
import { responsesSchema } from './responses.ts'
import { upstreamCredentialsSchema } from './upstreamCredentials.ts'
import { day, duration, hour, minute } from './amounts.ts'
import { filePath, originUrl } from './values.ts'

export const upstreamSchema = z.strictObject({
  url: originUrl.describe(
    'Where the application listens, http or https, without a path. Let nobody else reach it: it believes the headers that it is sent.',
  ),
  preserveHost: z
    .boolean()
    .default(true)
    .describe("Sends the client's `Host` on; `false` sends the host of `url` instead."),
  connections: z
    .int()
    .min(1)
    .max(10_000)
    .default(1024)
    .describe(
      'Connections at the most; an event stream or a long poll holds one, a WebSocket none. Twice as many requests wait for one; any more are 503.',
    ),
  connectTimeout: duration(10, 5 * minute)
    .prefault('5s')
    .describe('For a connection to open, TLS included; then 504.'),
  responseTimeout: duration(10, hour)
    .prefault('60s')
    .describe(
      'From the whole request sent to the head of the answer; then 504. Raise it for slow reports, not for streams.',
    ),
  idleTimeout: duration(10, day)
    .prefault('5m')
    .describe(
      'Silence allowed in the middle of an answer, WebSockets and event streams included; then the connection is cut.',
    ),
  assertionAudience: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      '`aud` of the assertions that this application is sent; it must refuse any other. Default: the name of the upstream.',
    ),
  credentials: upstreamCredentialsSchema
    .prefault({ type: 'none' })
    .describe(
      "What this upstream, and no other, is sent in `Authorization`, in place of the client's own.",
    ),
  ca: filePath
    .optional()
    .describe(
      'File with the certificate authority of an https upstream, PEM. Trusted in place of the public ones. Default: the public ones.',
    ),
  responses: responsesSchema
    .optional()
    .describe('What is changed about its answers. Default: nothing.'),
})

export type UpstreamConfig = z.output<typeof upstreamSchema>
