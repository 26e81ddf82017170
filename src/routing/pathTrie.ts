// Routes of one host by path: a tree of segments, so that the cost of a look-up depends on the path's length
// and not on the number of routes. Hot: no allocation but the segments' slices; measured by `npm run bench`.

import type { Route } from '../config/routes/route.ts'
import {
  createLiteralChildren,
  findChild,
  writeChild,
  type LiteralChildren,
} from './literalChildren.ts'
import type { PathPattern } from './pattern.ts'

/** The routes of one path pattern, by method. */
interface MethodTable {
  /** Undefined where every route takes any method. */
  listed: Map<string, Route> | undefined
  anyMethod: Route | undefined
}

export interface PathTrie {
  readonly literals: LiteralChildren<PathTrie>
  /** Below `*`. */
  wildcard: PathTrie | undefined
  /** The path that ends here. */
  exact: MethodTable | undefined
  /** `**`: this path and all below. */
  below: MethodTable | undefined
}

export function createPathTrie(): PathTrie {
  return {
    literals: createLiteralChildren(),
    wildcard: undefined,
    exact: undefined,
    below: undefined,
  }
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
  const child = findChild(node.literals, segment, 0, segment.length)
  if (child !== undefined) return child
  const added = createPathTrie()
  writeChild(node.literals, segment, added)
  return added
}

function createMethodTable(): MethodTable {
  return { listed: undefined, anyMethod: undefined }
}

function writeMethods(table: MethodTable, route: Route, methods: readonly string[]): void {
  const listed = (table.listed ??= new Map())
  for (const method of methods) {
    const earlier = listed.get(method)
    const isImplied = earlier !== undefined && !earlier.match.methods?.includes(method)
    if (earlier === undefined || isImplied) listed.set(method, route)
  }
  // RFC 9110 §9.3.2: HEAD is GET without the content; a route that lists HEAD itself goes first.
  if (methods.includes('GET') && !listed.has('HEAD')) listed.set('HEAD', route)
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
  const child = findChild(node.literals, path, at, end)
  if (child !== undefined) {
    const found = findBelow(child, method, path, end + 1)
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
  return table?.listed?.get(method) ?? table?.anyMethod
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
  const literal = findChild(node.literals, segment, 0, segment.length)
  const children = [literal, segment === '' ? undefined : node.wildcard]
  return children.filter((child) => child !== undefined)
}

function writeListed(table: MethodTable | undefined, allowed: Set<string>): void {
  for (const method of table?.listed?.keys() ?? []) allowed.add(method)
}
