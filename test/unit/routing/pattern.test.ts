import { describe, expect, test } from 'vitest'
import { parsePathPattern } from '../../../src/routing/pattern.ts'
import { createRouteTable } from '../../../src/routing/routeTable.ts'
import { parseTarget } from '../../../src/routing/target.ts'
import { someRoutes } from './routes.ts'

function matches(pattern: string, target: string): boolean {
  const table = createRouteTable(someRoutes({ match: { path: pattern } }))
  return table.find('app.example', 'GET', parseTarget(target).judgedPath) !== undefined
}

describe('a pattern covers', () => {
  test.each([
    ['/x/**', ['/x', '/x/', '/x/y', '/x/y/z/', '/%78/y'], ['/', '/xy', '/X', '/y/x', '/X/y']],
    ['/x/*', ['/x/y', '/x/%2e.y', '/x/y%2fz'], ['/x', '/x/', '/x/y/', '/x/y/z']],
    ['/x/*/', ['/x/y/'], ['/x/y', '/x/']],
    ['/x/*/z', ['/x/y/z'], ['/x/z', '/x/y/y/z', '/x/y/z/']],
    ['/*/x/**', ['/a/x', '/a/x/b/c'], ['/x', '/a/b/x']],
    ['/x', ['/x', '/x?y', '/%78'], ['/x/', '/X', '/x/y']],
    ['/x/', ['/x/'], ['/x']],
    ['/', ['/', '/?x'], ['/x']],
    ['/**', ['/', '/x', '/x/y'], []],
    ['/*', ['/x'], ['/', '/x/', '/x/y']],
    ['/%61', ['/a', '/%61'], ['/b']],
    ['/caf\u00e9', ['/caf%c3%a9', '/caf%C3%A9'], ['/cafe']],
    ['/a%2fb', ['/a%2Fb', '/a%2fb'], ['/a/b']],
    ['/@me/**', ['/@me', '/%40me/x'], ['/me']],
    ['/%2A', ['/*', '/%2a'], ['/x']],
  ])('%s', (pattern, covered, others) => {
    expect(covered.filter((target) => !matches(pattern, target))).toEqual([])
    expect(others.filter((target) => matches(pattern, target))).toEqual([])
  })
})

describe('a pattern that nothing could match, or that could be misread, is refused', () => {
  test.each([
    ['/**/x', '** is only allowed as the last segment'],
    ['/a/**/*', '** is only allowed as the last segment'],
    ['/a*', '* stands for a whole segment, not for a part of one'],
    ['/a/***', '* stands for a whole segment, not for a part of one'],
    ['/*.js', '* stands for a whole segment, not for a part of one'],
    ['/a//b', 'no request can match this pattern: empty segment at offset 3 of the target'],
    ['/a/../b', 'no request can match this pattern: dot segment at offset 3 of the target'],
    ['/a/%2e', 'no request can match this pattern: dot segment at offset 3 of the target'],
    ['/a%zz', 'no request can match this pattern: malformed escape at offset 2 of the target'],
    ['/a?b', 'a path pattern has no query'],
    ['x', 'expected a path pattern that starts with /'],
    ['', 'expected a path pattern that starts with /'],
  ])('%s', (pattern, problem) => {
    expect(parsePathPattern(pattern)).toEqual({ problem })
  })
})
