// Routes for tests of the rooms that read them.

import type { Route } from '../../../src/config/routes/route.ts'
import { toRoutes } from '../../../src/config/routes/routes.ts'
import { identitySchema } from '../../../src/config/schema/identity.ts'
import { configSchema, type UnresolvedConfig } from '../../../src/config/schema.ts'
import { routeSchema, type RouteConfig } from '../../../src/config/schema/route.ts'

/** A route as the file would say it; the path alone will do. */
export interface RouteInput {
  readonly name?: string
  readonly match: {
    readonly path: string
    readonly host?: string
    readonly methods?: readonly string[]
  }
  readonly [setting: string]: unknown
}

export function aRouteConfig(input: RouteInput): RouteConfig {
  return routeSchema.parse({ upstream: 'app', ...input })
}

/** A whole configuration with these routes. */
export function aTable(...routes: readonly RouteInput[]): UnresolvedConfig {
  const provider = { id: 'acme', issuer: 'https://acme.example', clientId: 'postern' }
  const config = configSchema.parse({
    publicUrl: 'https://app.example.com',
    providers: [provider],
    upstreams: { app: { url: 'http://127.0.0.1:3000' } },
    routes: [{ upstream: 'app', match: { path: '/' } }],
  })
  return { ...config, routes: routes.map(aRouteConfig) }
}

export function someRoutes(...inputs: readonly RouteInput[]): readonly Route[] {
  return toRoutes({ routes: inputs.map(aRouteConfig), identity: identitySchema.parse({}) })
}
