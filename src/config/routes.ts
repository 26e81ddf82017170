// Routes as the rooms see them: numbered, named, each with its identity settings.

import type { Config } from './config.ts'
import { deepFreeze } from './freeze.ts'
import type { Route } from './route.ts'
import type { RouteConfig } from './schema/route.ts'

/** In the order of the file. Routes without a name get one made of their match. */
export function toRoutes(config: Pick<Config, 'routes' | 'identity'>): readonly Route[] {
  const taken = new Set(config.routes.map((route) => route.name))
  const routes = config.routes.map((route, index) => ({
    ...route,
    index,
    name: route.name ?? takeName(describeMatch(route), taken),
    identity: route.identity ?? config.identity,
  }))
  return deepFreeze(routes)
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
