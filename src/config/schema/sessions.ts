import { z } from 'zod'
import { day, duration, second } from './amounts.ts'
import { filePath, secret } from './values.ts'

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
      '`cookie` keeps the sealed session in the browser and needs nothing, but cannot end a session that was copied; `memory` is for one replica, and a restart signs everybody out; `redis` for many.',
    ),
  redis: z
    .strictObject({
      url: z
        .string()
        .regex(/^rediss?:\/\/[^\s?#]+$/, { error: redisUrlExpected, abort: true })
        .refine(isRedisUrl, { error: redisUrlExpected })
        .meta({ title: 'redis URL' })
        .describe(
          'Where the server is, `redis://host:port/db`; `rediss://` speaks TLS, and anywhere but on the same machine it should.',
        ),
      username: z.string().optional().describe("The server's ACL user. Default: the default one."),
      password: secret
        .optional()
        .describe('Of that user. Better here, out of a file or the environment, than in the URL.'),
      commandTimeout: duration(10, 10 * second)
        .prefault('200ms')
        .describe(
          'Where Redis takes longer, a request with a session is answered 503 and the cookie kept, so that nobody is signed out by a slow Redis; quotas are counted in memory.',
        ),
      keyPrefix: z
        .string()
        .max(100)
        .default('postern:')
        .describe(
          'In front of every key. Replicas of one gateway have the same; several gateways on one server each need their own.',
        ),
      tls: z
        .strictObject({
          ca: filePath
            .optional()
            .describe(
              'File with the certificate authority of the server, PEM. Trusted in place of the public ones. Default: the public ones.',
            ),
        })
        .optional()
        .describe('How a `rediss://` server is trusted.'),
    })
    .optional()
    .describe(
      'Needed where `store` is `redis`. With any store, quotas are counted and DPoP proofs remembered there, for all replicas together.',
    ),
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
        .describe(
          'Opened sessions kept in the process; beyond it the store is asked again. 0 asks it for every request.',
        ),
    })
    .prefault({})
    .describe('Spares most requests the way to the store. It learns at once when a session ends.'),
  keys: z
    .array(secret, { error: 'expected a list, such as [{ file: /run/secrets/postern-key }]' })
    .optional()
    .describe(
      'Keys of at least 32 random bytes, from `postern keygen`, the same on every replica. The first seals, all open: put a new one in front, and drop the old one once `lifetime` has passed. Without any, sessions end with the process and cannot be shared, so `redis` needs them. Default: one that is made at start.',
    ),
  idleTimeout: duration(10 * second, 30 * day)
    .prefault('30m')
    .describe(
      'A session unused for this long ends. Use is written down once a minute at the most.',
    ),
  lifetime: duration(30 * second, 90 * day)
    .prefault('12h')
    .describe(
      'A session ends this long after the sign-in, however much it is used. At least `idleTimeout`.',
    ),
  onIssuerOutage: z
    .enum(['refuse', 'serve'])
    .default('refuse')
    .describe(
      'Where an access token is over and the issuer cannot be reached to renew it: `refuse` answers 503 and keeps the cookie, `serve` goes on without that token until the session ends, with claims as old as the last renewal.',
    ),
})

export type SessionsConfig = z.output<typeof sessionsSchema>
