import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Route } from '../../../src/config/routes/route.ts'
import { createRouteTable } from '../../../src/routing/routeTable.ts'
import { someRoutes, type RouteInput } from './routes.ts'

/** `GET,POST app.example/x`, `*.example:8443/x` or `/x`. */
function toInput(text: string): RouteInput {
  const [, methods, host, path] = /^(?:([A-Z,]+) )?([^/]*)(\/.*)$/.exec(text)!
  return {
    name: text,
    match: {
      path: path!,
      ...(host === '' ? {} : { host: host! }),
      ...(methods === undefined ? {} : { methods: methods.split(',') }),
    },
  }
}

function tableOf(texts: readonly string[]): ReturnType<typeof createRouteTable> {
  return createRouteTable(someRoutes(...texts.map(toInput)))
}

describe('the most specific route wins, whatever the order in the file', () => {
  test.each<[string, string, string, readonly string[]]>([
    ['GET', 'h', '/x', ['/x', '/x/**', '/*', '/**']],
    ['GET', 'h', '/x/', ['/x/', '/x/**', '/**']],
    ['GET', 'h', '/x/y', ['/x/y', '/x/y/**', '/x/*', '/x/**', '/*/y', '/*/*', '/*/**', '/**']],
    ['GET', 'h', '/x/y/z', ['/x/y/**', '/x/*/z', '/x/**', '/*/y/z', '/**']],
    ['GET', 'h', '/x', ['GET /x', '/x', 'GET /**', '/**']],
    ['HEAD', 'h', '/x', ['HEAD /x', 'GET /x', '/x']],
    ['GET', 'a.b.c', '/x', ['a.b.c/**', '*.b.c/x', '*.c/x', '/x']],
    [
      'GET',
      'a.b.c:81',
      '/x',
      ['a.b.c:81/**', 'a.b.c/x', '*.b.c:81/x', '*.b.c/x', '*.c:81/x', '/x'],
    ],
  ])('%s %s%s: %j', (method, authority, path, inOrder) => {
    for (let from = 0; from < inOrder.length; from += 1) {
      const rest = inOrder.slice(from)
      expect(tableOf(rest).find(authority, method, path)?.name).toBe(inOrder[from])
      expect(tableOf(rest.toReversed()).find(authority, method, path)?.name).toBe(inOrder[from])
    }
  })
})

describe('a host pattern', () => {
  test.each([
    [
      'app.example',
      ['app.example', 'APP.example', 'app.example:8080', 'app.example.'],
      ['x.app.example', 'app'],
    ],
    ['app.example:81', ['app.example:81', 'app.example.:81'], ['app.example', 'app.example:82']],
    [
      '*.example',
      ['a.example', 'a.b.example', 'A.B.EXAMPLE:1'],
      ['example', '.example', 'badexample'],
    ],
    ['*.example:81', ['a.example:81'], ['a.example', 'a.example:8']],
  ])('%s', (pattern, matching, others) => {
    const table = tableOf([`${pattern}/**`])
    expect(matching.filter((host) => table.find(host, 'GET', '/') === undefined)).toEqual([])
    expect(others.filter((host) => table.find(host, 'GET', '/') !== undefined)).toEqual([])
  })

  test('a host without a route of its own for the path falls through to routes for any host', () => {
    expect(tableOf(['a.b/x', '/**']).find('a.b', 'GET', '/y')?.name).toBe('/**')
  })

  test('an IPv6 authority finds the routes for any host', () => {
    expect(tableOf(['a.b/x', '/**']).find('[::1]:80', 'GET', '/')?.name).toBe('/**')
  })
})

describe('methods', () => {
  test('a method that the most specific route leaves out goes to the next route that takes it', () => {
    const table = tableOf(['GET /api/**', '/**'])
    expect(table.find('h', 'GET', '/api/x')?.name).toBe('GET /api/**')
    expect(table.find('h', 'POST', '/api/x')?.name).toBe('/**')
  })

  test.each<[string, readonly string[], string, readonly string[]]>([
    ['GET brings HEAD', ['GET /x'], '/x', ['GET', 'HEAD']],
    [
      'all routes that match',
      ['POST /x', 'PUT /*', 'PATCH /**', 'GET /y'],
      '/x',
      ['PATCH', 'POST', 'PUT'],
    ],
    ['all hosts that match', ['PUT h/x', 'POST /x', 'GET i/x'], '/x', ['POST', 'PUT']],
    ['none for a path of no route', ['GET /x'], '/y', []],
    ['none for an empty segment under *', ['GET /x/*'], '/x/', []],
  ])('allowed methods: %s', (_, routes, path, methods) => {
    expect(tableOf(routes).allowedMethods('h', path).sort()).toEqual(methods)
  })
})

test('a segment named like a property of every object is only a segment', () => {
  const table = tableOf(['/constructor/x', '/__proto__'])
  expect(table.find('h', 'GET', '/constructor')).toBeUndefined()
  expect(table.find('h', 'GET', '/__proto__')?.name).toBe('/__proto__')
  expect(table.find('h', 'GET', '/toString')).toBeUndefined()
})

// A second implementation, one route at a time: what matches, and which of two is more specific.
function segmentsOf(path: string): string[] {
  return path.slice(1).split('/')
}

function matchesSlowly({ match }: Route, method: string, path: string): boolean {
  const { methods } = match
  if (methods && !methods.includes(method) && !(method === 'HEAD' && methods.includes('GET'))) {
    return false
  }
  const pattern = segmentsOf(match.path)
  const segments = segmentsOf(path)
  const isPrefix = pattern.at(-1) === '**'
  const fixed = isPrefix ? pattern.slice(0, -1) : pattern
  if (isPrefix ? segments.length < fixed.length : segments.length !== fixed.length) return false
  return fixed.every((name, at) => (name === '*' ? segments[at] !== '' : segments[at] === name))
}

function rankOf(segment: string | undefined): number {
  return segment === undefined ? 2 : segment === '**' ? 0 : segment === '*' ? 1 : 2
}

function compareSlowly(one: Route, other: Route): number {
  const [left, right] = [segmentsOf(one.match.path), segmentsOf(other.match.path)]
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = rankOf(right[at]) - rankOf(left[at])
    if (difference !== 0) return difference
  }
  return Number(other.match.methods !== undefined) - Number(one.match.methods !== undefined)
}

const segment = fc.constantFrom('a', 'b', '*')
const patterns = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '**', 'a'))
  .map(([segments, last]) => `/${[...segments, last].join('/')}`)
const methods = fc.constantFrom(undefined, ['GET'], ['POST'])
const routeLists = fc.uniqueArray(fc.record({ path: patterns, methods }), {
  selector: ({ path, methods }) => JSON.stringify([path, methods]),
  maxLength: 12,
})
const paths = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`)

test('the table finds what going through all routes, the most specific first, finds', () => {
  fc.assert(
    fc.property(routeLists, paths, fc.constantFrom('GET', 'HEAD', 'PUT'), (list, path, method) => {
      const routes = someRoutes(
        ...list.map(({ path, methods }) => ({
          match: { path, ...(methods === undefined ? {} : { methods }) },
        })),
      )
      const expected = routes
        .filter((route) => matchesSlowly(route, method, path))
        .toSorted(compareSlowly)[0]
      expect(createRouteTable(routes).find('h', method, path)).toBe(expected)
    }),
    { numRuns: 1500 },
  )
})
