// Sign-in forms that never arrive at the route that would read them: another route takes the POST, and the
// application gets the password. For config checking.

import { attempt } from '../config/readable.ts'
import type { Route } from '../config/routes/route.ts'
import { toRoutes } from '../config/routes/routes.ts'
import type { UnresolvedConfig } from '../config/schema.ts'
import { parsePathPattern } from './pattern.ts'
import type { RouteProblem } from './routeProblem.ts'
import { createRouteTable } from './routeTable.ts'

/** Nothing where a setting that it needs could not be read; every pattern is known to be one. */
export function findFormProblems(config: UnresolvedConfig): RouteProblem[] {
  return attempt(() => findTakenForms(config)) ?? []
}

function findTakenForms(config: UnresolvedConfig): RouteProblem[] {
  const routes = toRoutes(config)
  if (routes.every(({ signInForm }) => signInForm === undefined)) return []
  const { host } = new URL(config.publicUrl)
  const table = createRouteTable(routes)
  return routes.flatMap((route) => {
    if (route.signInForm === undefined) return []
    const authority = findAuthority(route.match.host, host)
    const taker = table.find(authority, 'POST', toPath(route))
    return taker === undefined || isMeant(taker, route) ? [] : [toProblem(taker, route)]
  })
}

/** @param own - The public one: forms come from its pages alone. */
function findAuthority(pattern: string | undefined, own: string): string {
  if (pattern === undefined) return own
  if (!pattern.startsWith('*')) return pattern
  return own.endsWith(pattern.slice(1)) ? own : pattern.replace('*', 'a')
}

/** One that the route covers. */
function toPath({ match }: Route): string {
  const pattern = parsePathPattern(match.path)
  if ('problem' in pattern) throw new Error(pattern.problem)
  return `/${pattern.segments.map((segment) => segment ?? '-').join('/')}`
}

function isMeant({ signInForm, match }: Route, form: Route): boolean {
  // Because a form that covers much may have pages of its own below it, and at its root.
  const isCarvedOut = form.match.path.endsWith('**') && match.methods === undefined
  return signInForm !== undefined || isCarvedOut
}

function toProblem({ index, match }: Route, form: Route): RouteProblem {
  return {
    index,
    path: ['match', match.methods === undefined ? 'path' : 'methods'],
    message: `takes the POST of the form of routes[${form.index}], and the password would reach the application. Give this route the signInForm, or no POST`,
  }
}
