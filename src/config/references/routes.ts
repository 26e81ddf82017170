import { describeFound } from '../describe.ts'
import { didYouMean, findNearest } from '../nearest.ts'
import type { Finding, SettingPath } from '../problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findWayProblems } from './bearer.ts'
import { findCorsProblems } from './cors.ts'
import { findHeaderProblems } from './headers.ts'
import { findRepeats } from './repeats.ts'
import { findRequireProblems } from './require.ts'

export function findRouteReferenceProblems(config: UnresolvedConfig): Finding[] {
  const { routes } = config
  const repeated = findRepeats(routes.map(({ name }) => name)).map(({ index, first }) => ({
    path: ['routes', index, 'name'],
    message: `expected a name of its own, found the one of routes[${first}].`,
  }))
  const own = routes.flatMap((route, index) => findProblemsOf(route, ['routes', index], config))
  return [...findHeaderProblems(config.identity, ['identity']), ...repeated, ...own]
}

function findProblemsOf(
  route: RouteConfig,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  const upstreams = Object.keys(config.upstreams)
  const providers = [...new Set(config.providers.map(({ id }) => id))]
  const problems = findUnknown('an upstream', route.upstream, upstreams, [...path, 'upstream'])
  for (const [index, provider] of (route.providers ?? []).entries()) {
    problems.push(...findUnknown('a provider', provider, providers, [...path, 'providers', index]))
  }
  problems.push(...findWayProblems(route, path, config))
  problems.push(...findRequireProblems(route, path), ...findCorsProblems(route, path))
  if (route.identity === undefined) return problems
  return [...problems, ...findHeaderProblems(route.identity, [...path, 'identity'])]
}

function findUnknown(
  kind: string,
  name: string,
  known: readonly string[],
  path: SettingPath,
): Finding[] {
  if (known.includes(name)) return []
  const nearest = findNearest(name, known)
  const listed = known.length === 0 ? 'none is configured' : known.join(', ')
  const message = `expected the name of ${kind} (${listed}), found ${describeFound(name)}`
  return [{ path, message: `${message}${didYouMean(nearest)}` }]
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
