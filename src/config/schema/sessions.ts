import { z } from 'zod'
import { duration, filePath, secret } from './values.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const redisUrlExpected = 'expected redis://host:port/db or rediss://host:port/db'

/** Threat: the client takes options out of a query, such as one that makes commands wait without end. */
function isRedisUrl(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    /^[\w.[\]:-]+$/.test(url.hostname) &&
    /^(\/\d{0,5})?$/.test(url.pathname) &&
    [url.username, url.password].every(isDecodable)
  )
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined
  } catch {
    return false
  }
}

export const sessionsSchema = z.strictObject({
  store: z
    .enum(['cookie', 'memory', 'redis'])
    .default('cookie')
    .describe(
      '`cookie` keeps the sealed session in the browser and needs nothing, but cannot end a session that was copied; `memory` is for one replica; `redis` for many.',
    ),
  redis: z
    .strictObject({
      url: z
        .string()
        .regex(/^rediss?:\/\/[^\s?#]+$/, { error: redisUrlExpected, abort: true })
        .refine(isRedisUrl, { error: redisUrlExpected })
        .meta({ title: 'redis URL' })
        .describe('Where the server is, `redis://host:port/db`; `rediss://` speaks TLS.'),
      username: z.string().optional().describe("The server's ACL user. Default: its default user."),
      password: secret.optional().describe('Of that user. Better here than in the URL.'),
      commandTimeout: duration(10, 10_000)
        .prefault('200ms')
        .describe('Longer than this, and the request is answered 503 while the cookie is kept.'),
      keyPrefix: z
        .string()
        .max(100)
        .default('postern:')
        .describe('In front of every key, so that several gateways can share a server.'),
      tls: z
        .strictObject({
          ca: filePath
            .optional()
            .describe('File with the certificate authority of the server, PEM.'),
        })
        .optional()
        .describe('How a `rediss://` server is trusted.'),
    })
    .optional()
    .describe('Needed where `store` is `redis`.'),
  memory: z
    .strictObject({
      maxSessions: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(100_000)
        .describe(
          'Beyond this, each sign-in ends one session: one that has not been used of late, or any where all have been. Leave room above the number of people who are signed in at once.',
        ),
    })
    .prefault({})
    .describe('Where `store` is `memory`.'),
  nearCache: z
    .strictObject({
      maxSessions: z
        .int()
        .min(0)
        .max(10_000_000)
        .default(10_000)
        .describe('Opened sessions kept in the process; 0 asks the store every time.'),
    })
    .prefault({})
    .describe('Spares most requests the way to the store. It learns at once when a session ends.'),
  keys: z
    .array(secret)
    .optional()
    .describe(
      'Keys of at least 32 random bytes, from `postern keygen`; the first seals, all open. Without any, a key is made at start: sessions then end with the process and cannot be shared, so `redis` needs them.',
    ),
  idleTimeout: duration(10_000, 30 * day)
    .prefault('30m')
    .describe('A session unused for this long ends.'),
  lifetime: duration(30_000, 90 * day)
    .prefault('12h')
    .describe('The absolute end of a session.'),
  onIssuerOutage: z
    .enum(['refuse', 'serve'])
    .default('refuse')
    .describe(
      'When the access token is over and the issuer cannot be reached: 503, or serve without the old token.',
    ),
})

export type SessionsConfig = z.output<typeof sessionsSchema>
