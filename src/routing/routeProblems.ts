// What is wrong with routes that are each well-formed: patterns nothing can match, ties, settings that
// contradict each other. For config checking; all problems at once.

import { attempt } from '../config/readable.ts'
import type { UnresolvedConfig } from '../config/schema.ts'
import type { RouteConfig } from '../config/schema/route.ts'
import { findFormProblems } from './formProblems.ts'
import { toHostKey } from './hostTable.ts'
import { parsePathPattern, type PathPattern } from './pattern.ts'
import type { RouteProblem } from './routeProblem.ts'

/** A setting that could not be read hides what depends on it, nothing else. */
export function findRouteProblems(config: UnresolvedConfig): RouteProblem[] {
  const problems = findOwnProblems(config)
  // Because a table of routes with problems says nothing about forms.
  return problems.length > 0 ? problems : findFormProblems(config)
}

function findOwnProblems(config: UnresolvedConfig): RouteProblem[] {
  const routes = attempt(() => config.routes) ?? []
  const prefix = attempt(() => config.prefix)
  const problems: RouteProblem[] = []
  const seen = new Map<string, SeenRoute[]>()
  routes.forEach((route, index) => {
    const at = (path: RouteProblem['path'], find: () => string | undefined): void => {
      const message = attempt(find)
      if (message !== undefined) problems.push({ index, path, message })
    }
    at(['require'], () => findRequireProblem(route))
    at(['match', 'methods'], () => findMethodProblem(route))
    const pattern = attempt(() => parsePathPattern(route.match.path))
    if (pattern === undefined) return
    if ('problem' in pattern) return at(['match', 'path'], () => pattern.problem)
    at(['match', 'path'], () => prefix && findPrefixProblem(pattern, prefix))
    at(['match', 'path'], () => findTie(seen, { route, index }, pattern))
  })
  return problems
}

interface SeenRoute {
  readonly index: number
  readonly methods: RouteConfig['match']['methods']
}

function findRequireProblem({ access, require }: RouteConfig): string | undefined {
  if (require === undefined || access === 'signed-in') return undefined
  return access === 'public'
    ? 'a public route asks nobody who they are and can require nothing. Remove `require`, or `access: public`'
    : 'an optional route lets in who is not signed in and can require nothing. Remove `require`, or `access: optional`'
}

function findMethodProblem({ match }: RouteConfig): string | undefined {
  const method = match.methods?.find((name) => name === 'CONNECT' || name === 'TRACE')
  return method && `${method} is never forwarded. Remove it`
}

function findPrefixProblem(pattern: PathPattern, prefix: string): string | undefined {
  const own = prefix.slice(1).split('/')
  const isUnder = own.every((segment, index) => pattern.segments[index] === segment)
  return isUnder
    ? `the gateway's own URLs are under ${prefix}: no request gets to this route. Change the path, or \`prefix\``
    : undefined
}

function findTie(
  seen: Map<string, SeenRoute[]>,
  { route, index }: { readonly route: RouteConfig; readonly index: number },
  pattern: PathPattern,
): string | undefined {
  const { host } = route.match
  // Because nothing is to be remembered of a route whose methods could not all be read.
  const methods = route.match.methods && [...route.match.methods]
  const key = JSON.stringify([toHostKey(host), pattern.segments, pattern.coversBelow])
  const rivals = seen.get(key) ?? []
  const rival = rivals.find((earlier) => shareMethod(earlier.methods, methods))
  seen.set(key, [...rivals, { index, methods }])
  return (
    rival &&
    `a tie with routes[${rival.index}]: same host and path, and a method in common. Remove one of them, or give them different methods`
  )
}

function shareMethod(one: SeenRoute['methods'], other: SeenRoute['methods']): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.some((method) => other.includes(method))
}
