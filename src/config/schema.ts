// The whole configuration, each setting declared once: types, validation, the reference page and the
// JSON Schema derive from here.

import { z } from 'zod'
import { assertionSchema } from './schema/assertion.ts'
import { pagesSchema } from './schema/pages.ts'
import { providerSchema } from './schema/provider.ts'
import { quotaSchema } from './schema/quota.ts'
import { identitySchema, routeSchema } from './schema/route.ts'
import { sessionsSchema } from './schema/sessions.ts'
import { throttlingSchema } from './schema/throttling.ts'
import { forwardedCertificateSchema, tlsSchema } from './schema/tls.ts'
import { upstreamSchema } from './schema/upstream.ts'
import {
  byteSize,
  duration,
  identifier,
  listenAddress,
  originUrl,
  resourceUrl,
} from './schema/values.ts'

const listenSchema = z.strictObject({
  address: listenAddress
    .prefault('0.0.0.0:8080')
    .describe(
      'Where clients, or the proxy in front, connect: in plain HTTP, or with `tls` over TLS alone. IPv6 as `[::]:8080`.',
    ),
  tls: tlsSchema
    .optional()
    .describe('Ends TLS here, 1.2 or later. Default: plain HTTP, for a proxy in front that does.'),
  trustedProxies: z
    .array(
      z
        .union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
          error: 'expected an IP address or a block such as 10.0.0.0/8',
        })
        .meta({ title: 'address or CIDR block' }),
    )
    .default([])
    .describe(
      'Whose `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `Forwarded` are believed. List proxies alone: whoever connects from here can pass for any client address.',
    ),
  forwardedCertificate: forwardedCertificateSchema
    .optional()
    .describe(
      'Where `trustedProxies` say which certificate the client has shown to them. Default: nobody is believed.',
    ),
  maxFieldsSize: byteSize(1024, 1024 ** 2)
    .prefault('16KiB')
    .describe(
      'All header fields of a request together; beyond it the answer is 431. With `sessions.store: cookie` no less than the default, because a session may take 12 KiB of it.',
    ),
  headTimeout: duration(100, 600_000)
    .prefault('10s')
    .describe('For a request head to arrive; then 408. Likewise for a TLS handshake.'),
  keepAliveTimeout: duration(0, 3_600_000)
    .prefault('75s')
    .describe(
      'Idle client connections are closed after this. Longer than in the proxy in front, or it sends requests into connections that are being closed.',
    ),
  drainTimeout: duration(0, 3_600_000)
    .prefault('30s')
    .describe(
      'On SIGTERM, requests in flight get this long, then they are cut. Whatever stops the process has to wait longer.',
    ),
})

const adminSchema = z.strictObject({
  address: listenAddress
    .prefault('127.0.0.1:9090')
    .describe(
      'Where `/healthz`, `/readyz` and `/metrics` are. Whoever reaches it needs no password: in a pod, where probes need `0.0.0.0:9090`, let a network policy keep others out.',
    ),
})

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
    .describe('How often wrong passwords may be tried, where a provider has `password`.'),
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
  clockSkew: duration(0, 60_000)
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
