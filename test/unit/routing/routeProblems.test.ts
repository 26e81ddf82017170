import { describe, expect, test } from 'vitest'
import { findRouteProblems } from '../../../src/routing/routeProblems.ts'
import { aTable, type RouteInput } from './routes.ts'

function problemsOf(...routes: RouteInput[]): ReturnType<typeof findRouteProblems> {
  return findRouteProblems(aTable(...routes))
}

const matching = (path: string, methods?: string[], host?: string): RouteInput => ({
  match: { path, ...(methods && { methods }), ...(host && { host }) },
})

test('routes that each request can be told apart by have no problem', () => {
  const problems = problemsOf(
    matching('/**'),
    matching('/x'),
    matching('/x/'),
    matching('/x/*'),
    matching('/x/**'),
    matching('/x', ['GET']),
    matching('/x', ['POST', 'PUT']),
    matching('/x', undefined, 'a.example'),
    matching('/x', undefined, '*.example'),
    matching('/x', undefined, 'a.example:81'),
  )
  expect(problems).toEqual([])
})

describe('a tie is reported at the later route and names the earlier one', () => {
  test.each<[string, RouteInput, RouteInput]>([
    ['same path', matching('/x'), matching('/x')],
    ['same path in another spelling', matching('/%61'), matching('/a')],
    ['same path, a method in common', matching('/x', ['GET', 'PUT']), matching('/x', ['PUT'])],
    ['same host', matching('/x', undefined, '*.a'), matching('/x', undefined, '*.a')],
  ])('%s', (_, earlier, later) => {
    expect(problemsOf(matching('/**'), earlier, later)).toEqual([
      {
        index: 2,
        path: ['match', 'path'],
        message:
          'a tie with routes[1]: same host and path, and a method in common. Remove one of them, or give them different methods',
      },
    ])
  })
})

describe('a setting that contradicts another is reported where it stands', () => {
  test.each<[string, RouteInput, readonly string[]]>([
    [
      'public, requiring something',
      { match: { path: '/x' }, access: 'public', require: { groups: ['a'] } },
      ['require'],
    ],
    [
      'optional, requiring something',
      { match: { path: '/x' }, access: 'optional', require: { scopes: ['a'] } },
      ['require'],
    ],
    ['a method that is never forwarded', matching('/x', ['TRACE']), ['match', 'methods']],
    ['a pattern that is none', matching('/x/**/y'), ['match', 'path']],
    ["under the gateway's prefix", matching('/.postern/x'), ['match', 'path']],
    ["the gateway's prefix itself", matching('/.postern'), ['match', 'path']],
    [
      "under the gateway's prefix in another spelling",
      matching('/%2epostern/**'),
      ['match', 'path'],
    ],
  ])('%s', (_, route, path) => {
    expect(problemsOf(route).map(({ index, path }) => ({ index, path }))).toEqual([
      { index: 0, path },
    ])
  })
})

test('a path that only begins like the prefix is not under it', () => {
  expect(problemsOf(matching('/.posternx'), matching('/*'))).toEqual([])
})

test('all problems are reported at once', () => {
  const problems = problemsOf(
    matching('/a*'),
    matching('/x'),
    matching('/x'),
    matching('/.postern/**'),
  )
  expect(problems.map(({ index }) => index)).toEqual([0, 2, 3])
})

describe('the form of a sign-in is never read where', () => {
  const signInForm = { user: 'login', password: 'passwd' }
  const form = (path: string, host?: string): RouteInput => ({
    ...matching(path, undefined, host),
    access: 'optional',
    signInForm,
  })

  test.each<[string, RouteInput[], string[]]>([
    [
      'another route takes its POST',
      [form('/login'), matching('/login', ['GET', 'POST'])],
      ['match', 'methods'],
    ],
    [
      'another route takes its POST out of all that is below',
      [form('/login/**'), matching('/login', ['POST'])],
      ['match', 'methods'],
    ],
    [
      'another route takes everything of the host',
      [form('/login'), matching('/**', undefined, 'app.example.com')],
      ['match', 'path'],
    ],
    [
      'the public host has a route of its own beside that of its domain',
      [form('/login', '*.example.com'), matching('/login', ['POST'], 'app.example.com')],
      ['match', 'methods'],
    ],
    [
      'another route takes its POST at a segment that may be any',
      [form('/*/login'), matching('/*/login', ['POST'])],
      ['match', 'methods'],
    ],
  ])('%s: that is a problem, since the application would get the password', (_, routes, path) => {
    expect(problemsOf(...routes)).toEqual([
      { index: 1, path, message: expect.stringContaining('the form of routes[0]') },
    ])
  })

  test.each<[string, RouteInput[]]>([
    ['its page has a route', [form('/login'), matching('/login', ['GET'])]],
    [
      'the other route has the form',
      [form('/login'), { ...form('/login'), match: { path: '/login', methods: ['POST'] } }],
    ],
    ['what is below has routes of its own', [form('/login/**'), matching('/login/static/**')]],
    ['the root below has a route of its own', [form('/**'), matching('/')]],
    ['another host has a route for all', [form('/login'), matching('/**', undefined, 'b.example')]],
    ['it has a host of its own', [form('/login', 'b.example'), matching('/login', ['POST'])]],
  ])('%s: that is none', (_, routes) => {
    expect(problemsOf(...routes)).toEqual([])
  })
})
