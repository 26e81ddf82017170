// All routes whose host and path match a request, in the order in which they are tried: for explaining which
// one is taken. Asks the same table as routing does, one route at a time.

import type { Route } from '../config/routes/route.ts'
import { createRouteTable } from './routeTable.ts'
import { findDifference, rankRoutes } from './specificity.ts'

export interface Candidate {
  readonly route: Route
  readonly takesMethod: boolean
  /** What makes it less specific than the one before it. */
  readonly behindBy: 'host' | 'path' | 'methods' | undefined
}

export interface CandidateRequest {
  readonly authority: string
  readonly method: string
  readonly judgedPath: string
}

/** The most specific first. */
export function listCandidates(routes: readonly Route[], request: CandidateRequest): Candidate[] {
  const { authority, method, judgedPath } = request
  const ranks = rankRoutes(routes)
  const matching = routes
    .filter((route) => matches(withAnyMethod(route), request))
    .toSorted((one, other) => ranks[one.index]! - ranks[other.index]!)
  return matching.map((route, at) => ({
    route,
    takesMethod: matches(route, { authority, method, judgedPath }),
    behindBy: at === 0 ? undefined : findDifference(matching[at - 1]!, route),
  }))
}

function matches(route: Route, { authority, method, judgedPath }: CandidateRequest): boolean {
  return createRouteTable([route]).find(authority, method, judgedPath) !== undefined
}

function withAnyMethod(route: Route): Route {
  const { methods: _, ...match } = route.match
  return { ...route, match }
}
