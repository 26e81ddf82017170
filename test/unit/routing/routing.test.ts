import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import type { EndpointRequest, ReceivedRequest, RoutedRequest } from '../../../src/request.ts'
import { createRouting } from '../../../src/routing/routing.ts'
import { someRoutes, type RouteInput } from './routes.ts'

function aRequest(
  method: string,
  target: string,
  fields: Record<string, string> = {},
): ReceivedRequest {
  const incoming = new IncomingMessage(new Socket())
  incoming.headers = fields
  return {
    method,
    target,
    fields: Object.entries(fields).flat(),
    client: {
      address: '192.0.2.1',
      scheme: 'https',
      authority: 'app.example',
      forwardedFor: '192.0.2.1',
    },
    cookies: undefined,
    isUpgrade: false,
    receivedAt: 0,
    upgradeHead: Buffer.alloc(0),
    incoming,
    response: new ServerResponse(incoming),
    record: {
      id: '0123456789abcdef',
      routeName: undefined,
      principal: undefined,
      sessionId: undefined,
      refusal: undefined,
      detail: undefined,
      cause: undefined,
    },
  }
}

type Routed = RoutedRequest | EndpointRequest

function routeWith(routes: readonly RouteInput[], request: ReceivedRequest): Routed {
  return createRouting({ routes: someRoutes(...routes), prefix: '/.postern' })(request)
}

function outcomeOf(routes: readonly RouteInput[], request: ReceivedRequest): string {
  try {
    const routed = routeWith(routes, request)
    return 'endpoint' in routed ? `endpoint ${routed.endpoint}` : routed.route.name
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'fault'
  }
}

const everything: RouteInput = { name: 'everything', match: { path: '/**' } }

describe("a path under the prefix is the gateway's own, whatever the routes say", () => {
  test.each([
    ['/.postern', 'endpoint '],
    ['/.postern/', 'endpoint '],
    ['/.postern/login', 'endpoint login'],
    ['/.postern/login?rd=/x', 'endpoint login'],
    ['/%2epostern/%6cogin', 'endpoint login'],
    ['/.postern/a/b', 'endpoint a/b'],
    ['/.posternx', 'everything'],
    ['/.POSTERN/login', 'everything'],
    ['/x/.postern/login', 'everything'],
    ['/.postern/login;x', 'target_ambiguous'],
    ['/.postern/a%2fb', 'target_ambiguous'],
  ])('%s: %s', (target, outcome) => {
    const allowing = { ...everything, allow: ['encoded-slash', 'semicolon'] }
    expect(outcomeOf([allowing], aRequest('GET', target))).toBe(outcome)
  })
})

describe('methods that are never forwarded', () => {
  test.each([
    ['CONNECT', 'example.com:443'],
    ['TRACE', '/'],
    ['TRACE', '/.postern/login'],
  ])('%s %s', (method, target) => {
    expect(outcomeOf([everything], aRequest(method, target))).toBe('method_not_supported')
  })
})

test('what no route matches is not found', () => {
  const request = aRequest('GET', '/y')
  expect(outcomeOf([{ match: { path: '/x' } }], request)).toBe('route_not_found')
  expect(request.record.routeName).toBeUndefined()
})

test('a method that no route takes is refused with the methods that are', () => {
  const routes = [
    { match: { path: '/x', methods: ['POST'] } },
    { match: { path: '/*', methods: ['GET'] } },
  ]
  const route = (): Routed => routeWith(routes, aRequest('DELETE', '/x'))
  expect(route).toThrow(
    expect.objectContaining({
      code: 'method_not_allowed',
      options: { allow: expect.toSatisfy((a: string[]) => a.sort().join() === 'GET,HEAD,POST') },
    }),
  )
})

test('the route that was found is recorded, also where it refuses the spelling', () => {
  const request = aRequest('GET', '/a;b')
  expect(outcomeOf([everything], request)).toBe('target_ambiguous')
  expect(request.record.routeName).toBe('everything')
})

test('what is forwarded is what came; what is judged is what it means', () => {
  const routed = routeWith([everything], aRequest('GET', '/%61?b=%zz'))
  expect(routed.target).toMatchObject({ path: '/%61', judgedPath: '/a', query: '?b=%zz' })
})

describe('an ambiguous spelling', () => {
  test.each([
    ['/x/a%2fb', 'encoded-slash'],
    ['/x/a;b', 'semicolon'],
    ['/x/a%23b', 'encoded-hash'],
    ['/x/a%3fb', 'encoded-question-mark'],
    ['/x/a%2541', 'double-encoding'],
    ['/x/a%ff', 'non-utf8'],
  ])('%s passes on a route that allows %s, and on no other', (target, allowance) => {
    const others = ['encoded-slash', 'semicolon', 'encoded-hash', 'encoded-question-mark']
      .concat('double-encoding', 'non-utf8')
      .filter((name) => name !== allowance)
    const match = { path: '/x/**' }
    expect(outcomeOf([{ name: 'x', match, allow: [allowance] }], aRequest('GET', target))).toBe('x')
    expect(outcomeOf([{ name: 'x', match, allow: others }], aRequest('GET', target))).toBe(
      'target_ambiguous',
    )
  })

  test.each([
    '/admin;x/users',
    '/admin%3bx/users',
    '/admin%2fusers',
    '/%2fadmin/users',
    '/admin%252fusers',
    '/admin%3f/users',
    '/admin%23x',
    '/%2561dmin/users',
    '/admin;%2fx/users',
    '/%2f;x%2fadmin',
  ])('%s cannot walk round the route of /admin, allowed or not', (target) => {
    const names = ['encoded-slash', 'semicolon', 'encoded-hash', 'encoded-question-mark']
    const routes = [
      { ...everything, allow: [...names, 'double-encoding'] },
      { name: 'admin', match: { path: '/admin/**' } },
    ]
    expect(outcomeOf(routes, aRequest('GET', target))).toBe('target_ambiguous')
  })

  test('an allowed slash is part of a segment, also where a wider route is there', () => {
    const files = { name: 'files', match: { path: '/files/*' }, allow: ['encoded-slash'] }
    expect(outcomeOf([files, everything], aRequest('GET', '/files/a%2fb'))).toBe('files')
    const secret = { name: 'secret', match: { path: '/files/*/secret' } }
    const request = aRequest('GET', '/files/a%2fsecret')
    expect(outcomeOf([files, secret], request)).toBe('target_ambiguous')
  })
})

describe('a CORS preflight', () => {
  const preflight = { origin: 'https://spa.example', 'access-control-request-method': 'PUT' }
  const put = { name: 'put', match: { path: '/x', methods: ['PUT'] } }

  test('finds the route of the method that it asks for, where that one passes preflights on', () => {
    const routes = [{ ...put, preflight: 'upstream' }, everything]
    expect(outcomeOf(routes, aRequest('OPTIONS', '/x', preflight))).toBe('put')
  })

  test('is an OPTIONS like any other where that route does not', () => {
    expect(outcomeOf([put, everything], aRequest('OPTIONS', '/x', preflight))).toBe('everything')
    expect(outcomeOf([put], aRequest('OPTIONS', '/x', preflight))).toBe('method_not_allowed')
  })

  test.each<[string, Record<string, string>]>([
    ['OPTIONS', { origin: 'https://spa.example' }],
    ['OPTIONS', { 'access-control-request-method': 'PUT' }],
    ['GET', preflight],
  ])('%s with %j is none', (method, fields) => {
    const routes = [{ ...put, preflight: 'upstream' }, everything]
    expect(outcomeOf(routes, aRequest(method, '/x', fields))).toBe('everything')
  })
})
