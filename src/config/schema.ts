// The whole configuration, each setting declared once: types, validation, the reference page and the
// JSON Schema derive from here.

import { z } from 'zod'
import { providerSchema } from './schema/provider.ts'
import { identitySchema, routeSchema } from './schema/route.ts'
import { sessionsSchema } from './schema/sessions.ts'
import { upstreamSchema } from './schema/upstream.ts'
import { byteSize, duration, identifier, listenAddress, originUrl } from './schema/values.ts'

const listenSchema = z.strictObject({
  address: listenAddress.prefault('0.0.0.0:8080'),
  trustedProxies: z
    .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
    .default([])
    .describe(
      "Addresses or CIDR blocks whose X-Forwarded-* and Forwarded fields are believed. Nobody's by default.",
    ),
  maxFieldsSize: byteSize(1024, 1024 ** 2)
    .prefault('16KiB')
    .describe('All header fields of a request together.'),
  headTimeout: duration(100, 600_000).prefault('10s').describe('For a request head to arrive.'),
  keepAliveTimeout: duration(0, 3_600_000)
    .prefault('75s')
    .describe('Idle client connections are closed after this.'),
  drainTimeout: duration(0, 3_600_000)
    .prefault('30s')
    .describe('On SIGTERM, requests in flight get this long.'),
})

const adminSchema = z.strictObject({
  address: listenAddress.prefault('127.0.0.1:9090'),
})

const insecureSchema = z.strictObject({
  allowHttpIssuer: z
    .boolean()
    .default(false)
    .describe('Lets an issuer be plain http. For development alone.'),
})

export const configSchema = z.strictObject({
  publicUrl: originUrl.describe(
    'Where browsers find this gateway. Every redirect URI is built from it, never from a header.',
  ),
  prefix: z
    .string()
    .regex(/^(\/[A-Za-z0-9._~-]+)+$/, 'expected a path such as /.postern')
    .default('/.postern')
    .describe("Where the gateway's own URLs are."),
  listen: listenSchema.prefault({}),
  admin: adminSchema.prefault({}),
  providers: z.array(providerSchema).min(1),
  sessions: sessionsSchema.prefault({}),
  upstreams: z.record(identifier, upstreamSchema),
  identity: identitySchema
    .prefault({})
    .describe('What upstreams are told, where a route says nothing else.'),
  routes: z.array(routeSchema).min(1),
  clockSkew: duration(0, 60_000).prefault('30s').describe("Tolerance for a signed token's times."),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
  insecure: insecureSchema
    .prefault({})
    .describe('Switches that make things less safe. Each warns at start.'),
})

/** As validated; secrets are still references. */
export type UnresolvedConfig = z.output<typeof configSchema>
export type ConfigInput = z.input<typeof configSchema>
