// Routes of one host by path: a tree of segments, so that the cost of a look-up depends on the path's length
// and not on the number of routes. Hot: no allocation but the segments' slices; measured by `npm run bench`.

import type { Route } from '../config/route.ts'
import type { PathPattern } from './pattern.ts'

/** The routes of one path pattern, by method. */
interface MethodTable {
  readonly listed: Map<string, Route>
  anyMethod: Route | undefined
}

export interface PathTrie {
  readonly literals: Map<string, PathTrie>
  /** Below `*`. */
  wildcard: PathTrie | undefined
  /** The path that ends here. */
  exact: MethodTable | undefined
  /** `**`: this path and all below. */
  below: MethodTable | undefined
}

export function createPathTrie(): PathTrie {
  return { literals: new Map(), wildcard: undefined, exact: undefined, below: undefined }
}

/** Adds a route; of two for the same pattern and method the first stays (`findRouteProblems` reports them). */
export function writeRoute(trie: PathTrie, pattern: PathPattern, route: Route): void {
  let node = trie
  for (const segment of pattern.segments) node = stepInto(node, segment)
  const table = pattern.coversBelow
    ? (node.below ??= createMethodTable())
    : (node.exact ??= createMethodTable())
  if (route.match.methods === undefined) table.anyMethod ??= route
  else writeMethods(table, route, route.match.methods)
}

function stepInto(node: PathTrie, segment: string | undefined): PathTrie {
  if (segment === undefined) return (node.wildcard ??= createPathTrie())
  let child = node.literals.get(segment)
  if (child === undefined) node.literals.set(segment, (child = createPathTrie()))
  return child
}

function createMethodTable(): MethodTable {
  return { listed: new Map(), anyMethod: undefined }
}

function writeMethods(table: MethodTable, route: Route, methods: readonly string[]): void {
  for (const method of methods) {
    const earlier = table.listed.get(method)
    const isImplied = earlier !== undefined && !earlier.match.methods?.includes(method)
    if (earlier === undefined || isImplied) table.listed.set(method, route)
  }
  // RFC 9110 §9.3.2: HEAD is GET without the content; a route that lists HEAD itself goes first.
  if (methods.includes('GET') && !table.listed.has('HEAD')) table.listed.set('HEAD', route)
}

/**
 * The most specific route for the path that takes the method: at each segment a literal goes before `*`, and
 * `*` before `**`. A route whose methods leave this one out does not match, and the next in order is tried.
 */
export function findInTrie(trie: PathTrie, method: string, judgedPath: string): Route | undefined {
  return findBelow(trie, method, judgedPath, 1)
}

function findBelow(node: PathTrie, method: string, path: string, at: number): Route | undefined {
  if (at > path.length) return routeOf(node.exact, method) ?? routeOf(node.below, method)
  const end = segmentEnd(path, at)
  if (node.literals.size > 0) {
    const child = node.literals.get(path.slice(at, end))
    const found = child && findBelow(child, method, path, end + 1)
    if (found !== undefined) return found
  }
  if (node.wildcard !== undefined && end > at) {
    const found = findBelow(node.wildcard, method, path, end + 1)
    if (found !== undefined) return found
  }
  return routeOf(node.below, method)
}

function segmentEnd(path: string, at: number): number {
  const slash = path.indexOf('/', at)
  return slash === -1 ? path.length : slash
}

function routeOf(table: MethodTable | undefined, method: string): Route | undefined {
  return table === undefined ? undefined : (table.listed.get(method) ?? table.anyMethod)
}

/** Adds every method that some route for this path lists. For Allow, when no route took the request's. */
export function writeAllowedMethods(
  trie: PathTrie,
  judgedPath: string,
  allowed: Set<string>,
): void {
  let nodes: PathTrie[] = [trie]
  for (const segment of judgedPath.slice(1).split('/')) {
    for (const node of nodes) writeListed(node.below, allowed)
    nodes = nodes.flatMap((node) => childrenFor(node, segment))
  }
  for (const node of nodes) {
    writeListed(node.exact, allowed)
    writeListed(node.below, allowed)
  }
}

function childrenFor(node: PathTrie, segment: string): PathTrie[] {
  const children = [node.literals.get(segment), segment === '' ? undefined : node.wildcard]
  return children.filter((child) => child !== undefined)
}

function writeListed(table: MethodTable | undefined, allowed: Set<string>): void {
  for (const method of table?.listed.keys() ?? []) allowed.add(method)
}
