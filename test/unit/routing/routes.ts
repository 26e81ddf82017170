// Routes for tests of the rooms that read them.

import type { Route } from '../../../src/config/route.ts'
import { toRoutes } from '../../../src/config/routes.ts'
import { identitySchema } from '../../../src/config/schema/identity.ts'
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

export function someRoutes(...inputs: readonly RouteInput[]): readonly Route[] {
  return toRoutes({ routes: inputs.map(aRouteConfig), identity: identitySchema.parse({}) })
}
