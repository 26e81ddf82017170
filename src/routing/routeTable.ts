// Which route a request is for. Refuses nothing itself: routing.ts does. Hot: cost does not grow with the
// number of routes; measured by `npm run bench`.
//
// The order of specificity, of which the first difference decides:
//   1. host: exact with port > exact > the longest `*.suffix` (with port > without) > any
//   2. path, segment by segment from the left: literal > `*` > `**`; the path's own end goes before `**`
//   3. methods: listed > any
// Two routes that it leaves equal have the same host and path pattern; sharing a method as well they are a
// tie, which is a problem of the configuration.
//
// A route matches with all of host, path and method: where the most specific path does not list the method,
// the next route in this order that does is taken. So `/api/**` for GET over `/**` means that a POST to
// /api/x is judged by the policy of `/**`; 405 is for paths on which no route lists the method.

import type { Route } from '../config/routes/route.ts'
import { createHostTable, findTries, trieOfPattern, type HostTable } from './hostTable.ts'
import { findInTrie, writeAllowedMethods, writeRoute } from './pathTrie.ts'
import { parsePathPattern } from './pattern.ts'

export interface RouteTable {
  /** The most specific route that matches authority, method and path. */
  find(authority: string, method: string, judgedPath: string): Route | undefined
  /** The methods of all routes that match authority and path; empty where there is none. */
  allowedMethods(authority: string, judgedPath: string): string[]
}

/** @throws Error where a path pattern is invalid: `findRouteProblems` comes first. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const hosts = createHostTable()
  for (const route of routes) addRoute(hosts, route)
  return {
    find: (authority, method, judgedPath) => findInHosts(hosts, authority, method, judgedPath),
    allowedMethods(authority, judgedPath) {
      const allowed = new Set<string>()
      for (const trie of findTries(hosts, authority)) writeAllowedMethods(trie, judgedPath, allowed)
      return Array.from(allowed)
    },
  }
}

function addRoute(hosts: HostTable, route: Route): void {
  const pattern = parsePathPattern(route.match.path)
  if ('problem' in pattern) throw new Error(`route ${route.name}: ${pattern.problem}`)
  writeRoute(trieOfPattern(hosts, route.match.host), pattern, route)
}

function findInHosts(
  hosts: HostTable,
  authority: string,
  method: string,
  judgedPath: string,
): Route | undefined {
  for (const trie of findTries(hosts, authority)) {
    const route = findInTrie(trie, method, judgedPath)
    if (route !== undefined) return route
  }
  return undefined
}
