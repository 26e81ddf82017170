// Second room: one canonical target, then the route for it, or one of the gateway's own URLs. Refuses
// ambiguous targets, methods that are never forwarded, and what no route matches. Hot: measured by
// `npm run bench`.

import type { ProtectedResource } from '../config/routes/protectedResources.ts'
import type { Route } from '../config/routes/route.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { compileCors, type CorsPolicy } from '../http/cors.ts'
import { preflightMethod } from '../http/preflight.ts'
import type { EndpointRequest, ReceivedRequest, RoutedRequest } from '../request.ts'
import { readingsOf } from './readings.ts'
import { createRouteTable, type RouteTable } from './routeTable.ts'
import { rankRoutes } from './specificity.ts'
import { parseTarget, type ParsedTarget } from './target.ts'

export interface RoutingSettings {
  readonly routes: readonly Route[]
  /** Where the gateway's own URLs are, `/.postern`. */
  readonly prefix: string
  /** Whose metadata are answered here. */
  readonly resources?: readonly ProtectedResource[]
}

/**
 * @throws GatewayError from what it returns: `target_ambiguous`, `method_not_supported`, `origin_not_allowed`,
 *   `route_not_found`, `method_not_allowed`
 */
export function createRouting({
  routes,
  prefix,
  resources = [],
}: RoutingSettings): (received: ReceivedRequest) => RoutedRequest | EndpointRequest {
  const cors = routes.map((route) =>
    route.cors === undefined ? undefined : compileCors(route.cors),
  )
  const tables: RouteTables = { ...createRouteTable(routes), cors }
  const ranks = rankRoutes(routes)
  const prefixWithSlash = `${prefix}/`
  return function route(received) {
    checkMethod(received.method)
    const target = parseTarget(received.target, received.client.authority)
    if (target.judgedPath.startsWith(prefixWithSlash) || target.judgedPath === prefix) {
      checkAllowed(target, [])
      return { received, target, endpoint: target.judgedPath.slice(prefixWithSlash.length) }
    }
    if (resources.length > 0 && isMetadata(resources, received, target)) {
      return { received, target, endpoint: target.judgedPath }
    }
    const found = findRoute(tables, received, target)
    received.record.routeName = found.name
    if (target.ambiguities.length > 0) {
      checkAllowed(target, found.allow)
      for (const reading of readingsOf(target.path)) {
        checkReading(found, findRouteFor(tables, received, reading), ranks)
      }
    }
    const policy = cors[found.index]
    return policy === undefined
      ? { received, target, route: found }
      : withCors({ received, target, route: found }, policy, tables)
  }
}

function isMetadata(
  resources: readonly ProtectedResource[],
  { client }: ReceivedRequest,
  { judgedPath }: ParsedTarget,
): boolean {
  return resources.some(
    ({ metadataPath, authority }) => metadataPath === judgedPath && authority === client.authority,
  )
}

interface RouteTables extends RouteTable {
  /** By the index of the route. */
  readonly cors: readonly (CorsPolicy | undefined)[]
}

/** The answer to a preflight that is the route's own to answer; else what the route's answers say to its origins. */
function withCors(routed: RoutedRequest, policy: CorsPolicy, tables: RouteTables): RoutedRequest {
  const { received, route, target } = routed
  if (findPreflightRoute(tables, received, target.judgedPath) === route) {
    const preflightFields = findPreflightFields(policy, received)
    if (preflightFields !== undefined) return { ...routed, preflightFields }
  }
  received.corsFields = policy.answerFields(received.incoming.headers.origin)
  return routed
}

function findPreflightFields(
  policy: CorsPolicy | undefined,
  received: ReceivedRequest,
): readonly string[] | undefined {
  const { origin } = received.incoming.headers
  const method = preflightMethod(received)
  if (origin === undefined || method === undefined) return undefined
  return policy?.findPreflightFields(origin, method)
}

// RFC 9110 §9.3.6, §9.3.8: a tunnel would be judged once and then carry anything; TRACE would show the
// fields that were added behind the gateway.
function checkMethod(method: string): void {
  if (method === 'CONNECT' || method === 'TRACE') {
    throw new GatewayError('method_not_supported', `${method} is never forwarded`)
  }
}

function checkAllowed(target: ParsedTarget, allow: Route['allow']): void {
  for (const { allowance, offset } of target.ambiguities) {
    if (allow.includes(allowance)) continue
    const detail = `${allowance} at offset ${offset} of the target, which the route does not allow`
    throw new GatewayError('target_ambiguous', detail)
  }
}

// Threat: `/admin;x/users`, let through by a route for `/**` that allows semicolons, is `/admin/users` to a
// server that drops parameters. No allowed spelling may walk round a more specific route.
function checkReading(found: Route, other: Route | undefined, ranks: readonly number[]): void {
  if (other === undefined || ranks[other.index]! >= ranks[found.index]!) return
  throw new GatewayError('target_ambiguous', `the target could also be meant for ${other.name}`)
}

function findRoute(tables: RouteTables, received: ReceivedRequest, target: ParsedTarget): Route {
  if (received.method === 'OPTIONS') checkPreflightOrigin(tables, received, target)
  const route = findRouteFor(tables, received, target.judgedPath)
  if (route !== undefined) return route
  const allow = tables.allowedMethods(received.client.authority, target.judgedPath)
  if (allow.length > 0) throw new GatewayError('method_not_allowed', 'by no route', { allow })
  throw new GatewayError('route_not_found', 'no route matches host and path')
}

function findRouteFor(
  tables: RouteTables,
  received: ReceivedRequest,
  judgedPath: string,
): Route | undefined {
  return (
    findPreflightRoute(tables, received, judgedPath) ??
    tables.find(received.client.authority, received.method, judgedPath)
  )
}

// Because a 401, or the word of the application, would have people look for the fault in another place.
function checkPreflightOrigin(
  tables: RouteTables,
  received: ReceivedRequest,
  { judgedPath }: ParsedTarget,
): void {
  const { origin } = received.incoming.headers
  const method = preflightMethod(received)
  if (origin === undefined || method === undefined) return
  const route = tables.find(received.client.authority, method, judgedPath)
  const policy = route && tables.cors[route.index]
  if (route === undefined || policy === undefined || policy.allows(origin)) return
  received.record.routeName = route.name
  received.corsFields = policy.answerFields(origin)
  throw new GatewayError('origin_not_allowed', 'a preflight whose origin is not in cors.origins')
}

// Because a preflight asks on behalf of another method: the route of that one says what happens to it.
function findPreflightRoute(
  tables: RouteTables,
  received: ReceivedRequest,
  judgedPath: string,
): Route | undefined {
  const method = preflightMethod(received)
  if (method === undefined) return undefined
  const route = tables.find(received.client.authority, method, judgedPath)
  if (route === undefined || route.preflight === 'upstream') return route
  return findPreflightFields(tables.cors[route.index], received) && route
}
