// The whole configuration, each setting declared once: types, validation, the reference page and the
// JSON Schema derive from here.

import { z } from 'zod'
import { duration, minute } from './schema/amounts.ts'
import { assertionSchema } from './schema/assertion.ts'
import { identitySchema } from './schema/identity.ts'
import { adminSchema, listenSchema } from './schema/listen.ts'
import { pagesSchema } from './schema/pages.ts'
import { providerSchema } from './schema/provider.ts'
import { quotaSchema } from './schema/quota.ts'
import { routeSchema } from './schema/route.ts'
import { sessionsSchema } from './schema/sessions.ts'
import { throttlingSchema } from './schema/throttling.ts'
import { upstreamSchema } from './schema/upstream.ts'
import { identifier, originUrl, resourceUrl } from './schema/values.ts'

const insecureSchema = z.strictObject({
  allowHttpIssuer: z
    .boolean()
    .default(false)
    .describe(
      'Lets an issuer be plain http: whoever is on the way can then sign in as anyone. For development alone.',
    ),
})

export const configSchema = z.strictObject({
  publicUrl: originUrl.describe(
    'Where browsers find this gateway: scheme, host and, if need be, port. Every redirect URI is built from it, never from a header; https makes the cookies `Secure`.',
  ),
  prefix: z
    .string()
    // Because browsers resolve `.` and `..` before they ask.
    .regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+$/, 'expected a path such as /.postern')
    .meta({ title: 'path' })
    .default('/.postern')
    .describe(
      "Where the gateway's own URLs are: no request under it reaches an application. Part of the redirect URIs at the issuer.",
    ),
  listen: listenSchema.prefault({}).describe('The public listener.'),
  admin: adminSchema.prefault({}).describe('The listener for operators.'),
  providers: z
    .array(providerSchema)
    .min(1)
    .describe('The issuers that people sign in at, and those whose access tokens are accepted.'),
  sessions: sessionsSchema.prefault({}).describe('What a browser has once it is signed in.'),
  pages: pagesSchema.prefault({}).describe('How the page with the sign-in form looks.'),
  throttling: throttlingSchema
    .prefault({})
    .describe(
      'How often wrong passwords may be tried, where a provider has `password`; security.md says what counts as one.',
    ),
  upstreams: z
    .record(identifier, upstreamSchema)
    .describe('The applications, by the name that routes use.'),
  identity: identitySchema
    .prefault({})
    .describe('What upstreams are told, where a route says nothing else.'),
  assertion: assertionSchema
    .optional()
    .describe('What signs the identity assertion, for routes whose `identity` has one.'),
  routes: z
    .array(routeSchema)
    .min(1)
    .describe('What is reachable, and for whom. The most specific match wins; a tie is refused.'),
  protectedResources: z
    .array(resourceUrl)
    .default([])
    .describe(
      'APIs that callers may find out about, each by the URL that they know it by. Their metadata (RFC 9728) are then answered at `/.well-known/oauth-protected-resource`, with the path of the URL behind it, and named in challenges of the routes under that path.',
    ),
  quotas: z
    .record(identifier, quotaSchema)
    .default({})
    .describe('Quotas that several routes share: requests to any of them count together.'),
  clockSkew: duration(0, minute)
    .prefault('30s')
    .describe(
      'Tolerance for the times in signed tokens, `exp`, `nbf` and `iat`, because no two clocks agree.',
    ),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe(
          'The least that is written; `info` has one line for each request. No level writes a secret.',
        ),
    })
    .prefault({})
    .describe('JSON lines on standard output.'),
  insecure: insecureSchema
    .prefault({})
    .describe('Switches that make things less safe. Each warns at start.'),
})

/** As validated; secrets are still references. */
export type UnresolvedConfig = z.output<typeof configSchema>

/** As a file writes it. */
export type ConfigInput = z.input<typeof configSchema>
