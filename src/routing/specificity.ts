// The order of specificity (see routeTable.ts) as a number for each route, for asking which of two routes
// that different paths lead to is the more specific. Ranked once at start.

import type { Route } from '../config/routes/route.ts'

/** By route index: 0 for the most specific. */
export function rankRoutes(routes: readonly Route[]): readonly number[] {
  const ranks: number[] = []
  routes.toSorted(compareSpecificity).forEach((route, rank) => (ranks[route.index] = rank))
  return ranks
}

/** In the order in which they count. */
const comparisons = {
  host: (one: Route, other: Route) => compareHosts(one.match.host ?? '', other.match.host ?? ''),
  path: (one: Route, other: Route) =>
    comparePaths(one.match.path.split('/'), other.match.path.split('/')),
  methods: (one: Route, other: Route) =>
    Number(one.match.methods === undefined) - Number(other.match.methods === undefined),
} as const

function compareSpecificity(one: Route, other: Route): number {
  return (
    comparisons.host(one, other) || comparisons.path(one, other) || comparisons.methods(one, other)
  )
}

/** What makes one of two routes more specific than the other; undefined where nothing does. */
export function findDifference(one: Route, other: Route): keyof typeof comparisons | undefined {
  return (['host', 'path', 'methods'] as const).find((name) => comparisons[name](one, other) !== 0)
}

function compareHosts(one: string, other: string): number {
  const [left, right] = [one.split(':'), other.split(':')]
  return (
    hostRank(one) - hostRank(other) ||
    right[0]!.length - left[0]!.length ||
    right.length - left.length
  )
}

function hostRank(host: string): number {
  return host === '' ? 2 : host.startsWith('*') ? 1 : 0
}

function comparePaths(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = segmentRank(one[at]) - segmentRank(other[at])
    if (difference !== 0) return difference
  }
  return 0
}

// Because the path's own end goes before `**`, and a pattern that goes on before one that ends.
function segmentRank(segment: string | undefined): number {
  if (segment === undefined) return 2
  return segment === '**' ? 3 : segment === '*' ? 1 : 0
}
