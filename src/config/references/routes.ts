import type { Finding, SettingPath } from '../problems/problem.ts'
import { attempt, findWhereReadable, readEach } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'
import { identifier } from '../schema/values.ts'
import { findAssertionProblems } from './assertion.ts'
import { findWayProblems } from './bearer.ts'
import { findBearerMethodProblems } from './bearerMethods.ts'
import { findCorsProblems } from './cors.ts'
import { findHeaderProblems } from './headers.ts'
import { findQuotaProblems } from './quotas.ts'
import { findRepeats } from './repeats.ts'
import { findRequireProblems } from './require.ts'
import { findFormProblems } from './signInForm.ts'
import { findSignInPageProblems } from './signInPage.ts'
import { findUnknown } from './unknown.ts'
import { findExchangeProblems, findGivenProblems } from './upstreamCredentials.ts'

export function findRouteReferenceProblems(config: UnresolvedConfig): Finding[] {
  const { routes } = config
  const names = routes.map((route) => attempt(() => route.name))
  const repeated = findRepeats(names).map(({ index, first }) => ({
    path: ['routes', index, 'name'],
    message: `expected a name of its own, found the one of routes[${first}].`,
  }))
  const own = routes.flatMap((route, index) => findProblemsOf(route, ['routes', index], config))
  return [...repeated, ...own]
}

function findProblemsOf(
  route: RouteConfig,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  return findWhereReadable(
    () => findUpstreamProblems(route, path, config),
    () => findUnknownProviders(route, path, config),
    () => findWayProblems(route, path, config),
    () => findBearerMethodProblems(route, path),
    () => findRequireProblems(route, path),
    () => findCorsProblems(route, path),
    () => findFormProblems(route, path, config),
    () => findSignInPageProblems(route, path, config),
    () => findGivenProblems(route, path, config),
    () => findExchangeProblems(route, path, config),
    () => findQuotaProblems(route, path, config),
    () => (route.identity ? findHeaderProblems(route.identity, [...path, 'identity']) : []),
    () => findAssertionProblems(config, route.identity, [...path, 'identity']),
  )
}

function findUpstreamProblems(
  { upstream }: RouteConfig,
  path: SettingPath,
  { upstreams }: UnresolvedConfig,
): Finding[] {
  const known = Object.keys(upstreams)
  // Because a name with a fault in it may be meant to be this one.
  if (!known.every((name) => identifier.safeParse(name).success)) return []
  return findUnknown('an upstream', upstream, known, [...path, 'upstream'])
}

function findUnknownProviders(
  route: RouteConfig,
  path: SettingPath,
  { providers }: UnresolvedConfig,
): Finding[] {
  const known = [...new Set(providers.map(({ id }) => id))]
  return readEach(route.providers ?? []).flatMap((name, index) =>
    name === undefined ? [] : findUnknown('a provider', name, known, [...path, 'providers', index]),
  )
}

export function findUnusedUpstreams({ routes, upstreams }: UnresolvedConfig): Finding[] {
  const used = new Set(routes.map(({ upstream }) => upstream))
  return Object.keys(upstreams)
    .filter((name) => !used.has(name))
    .map((name) => ({
      path: ['upstreams', name],
      message: 'no route leads here.',
      pointsAt: 'key',
    }))
}
