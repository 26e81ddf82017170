// Routes as the rooms see them: numbered, named, each with its identity settings.

import type { Config } from '../config.ts'
import { deepFreeze } from '../freeze.ts'
import type { Route } from './route.ts'
import type { RouteConfig } from '../schema/route.ts'

/** In the order of the file. Routes without a name get one made of their match. */
export function toRoutes(config: Pick<Config, 'routes' | 'identity'>): readonly Route[] {
  const taken = new Set(config.routes.map((route) => route.name))
  const routes = config.routes.map((route, index) => ({
    ...route,
    index,
    name: route.name ?? takeName(describeMatch(route), taken),
    identity: route.identity ?? config.identity,
    returnParameter: findReturnParameter(route, config.routes),
  }))
  return deepFreeze(routes)
}

/** Its page's form says where to go by a field, which such pages fill in from the parameter of the same name. */
function findReturnParameter(
  { signInPage, match: { host } }: RouteConfig,
  routes: readonly RouteConfig[],
): string | undefined {
  if (signInPage === undefined) return undefined
  const [page = '', query] = signInPage.split('?', 2)
  const form = routes.find(
    ({ match, signInForm }) =>
      signInForm !== undefined && match.host === host && isPatternOf(match.path, page),
  )
  const name = form?.signInForm?.success.redirectField
  return name === undefined || new URLSearchParams(query).has(name) ? undefined : name
}

function isPatternOf(pattern: string, page: string): boolean {
  return pattern === page || pattern === `${page}/**`
}

/** `GET,POST app.example.com/api/**`, or `/api/**` alone. */
export function describeMatch({ match }: Pick<RouteConfig, 'match'>): string {
  const methods = match.methods === undefined ? '' : `${match.methods.join(',')} `
  return `${methods}${match.host ?? ''}${match.path}`
}

function takeName(wanted: string, taken: Set<string | undefined>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count += 1) name = `${wanted} (${count})`
  taken.add(name)
  return name
}
