import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createAuthorization } from '../../../src/authorization/authorization.ts'
import { providerSchema } from '../../../src/config/schema/provider.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import type { AuthenticatedRequest, Principal, ReceivedRequest } from '../../../src/request.ts'
import type { Claims } from '../../../src/sessions/session.ts'
import { someRoutes } from '../routing/routes.ts'

type Settings = Readonly<Record<string, unknown>>

const providers = [
  { id: 'genauth', issuer: 'https://genauth.example/oidc', clientId: 'c' },
  {
    id: 'keycloak',
    issuer: 'https://keycloak.example',
    clientId: 'c',
    claims: { groups: 'member_of', roles: 'realm_access.roles' },
  },
].map((provider) => {
  const { clientSecret: _, ...rest } = providerSchema.parse(provider)
  return rest
})

function aPrincipal(claims: Claims, providerId = 'genauth', scopes: string[] = []): Principal {
  return { kind: 'person', providerId, issuer: 'https://i', subject: 's', claims, scopes }
}

function aRequest(method: string, headers: Record<string, string>): ReceivedRequest {
  const incoming = new IncomingMessage(new Socket())
  incoming.headers = headers
  return {
    method,
    target: '/',
    fields: Object.entries(headers).flat(),
    client: { address: '192.0.2.1', scheme: 'https', authority: 'h', forwardedFor: '192.0.2.1' },
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

function anAuthenticated(
  settings: Settings,
  principal: Principal | undefined,
  received = aRequest('GET', {}),
): AuthenticatedRequest {
  const [route] = someRoutes({ match: { path: '/**' }, ...settings })
  const target = { path: '/', judgedPath: '/', query: '' }
  return { routed: { received, target, route: route! }, principal, setCookies: [] }
}

function refusalOf(authenticated: AuthenticatedRequest): GatewayError | undefined {
  const authorize = createAuthorization({ routes: [authenticated.routed.route], providers })
  try {
    expect(authorize(authenticated)).toBe(authenticated)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

function codeFor(settings: Settings, principal: Principal | undefined): string {
  return refusalOf(anAuthenticated(settings, principal))?.code ?? 'passes'
}

describe('access', () => {
  const staff = aPrincipal({ groups: ['staff'] })
  const requiring = { require: { groups: ['staff'] } }
  test.each<[string, Settings, Principal | undefined, string]>([
    ['public, nobody', { access: 'public' }, undefined, 'passes'],
    ['public, somebody named', { access: 'public' }, staff, 'internal_error'],
    ['signed-in, nobody', {}, undefined, 'login_required'],
    ['signed-in, nobody, with a rule', requiring, undefined, 'login_required'],
    ['signed-in, somebody', {}, staff, 'passes'],
    ['optional, nobody', { access: 'optional' }, undefined, 'passes'],
    ['optional, somebody', { access: 'optional' }, staff, 'passes'],
    [
      'optional with a rule, nobody',
      { access: 'optional', ...requiring },
      undefined,
      'login_required',
    ],
    ['optional with a rule, held', { access: 'optional', ...requiring }, staff, 'passes'],
    [
      'optional with a rule, not held',
      { access: 'optional', ...requiring },
      aPrincipal({}),
      'access_denied',
    ],
  ])('%s', (_, settings, principal, outcome) => {
    expect(codeFor(settings, principal)).toBe(outcome)
  })
})

describe('groups', () => {
  const all = ['a', 'b']
  const anyOf = { anyOf: ['a', 'b'] }
  const both = { anyOf: ['a', 'b'], allOf: ['c'] }
  test.each<[unknown, Claims, string]>([
    [all, { groups: ['a', 'b', 'c'] }, 'passes'],
    [all, { groups: ['a'] }, 'access_denied'],
    [{ allOf: all }, { groups: ['a', 'b'] }, 'passes'],
    [{ allOf: all }, { groups: ['b'] }, 'access_denied'],
    [anyOf, { groups: ['b'] }, 'passes'],
    [anyOf, { groups: ['c'] }, 'access_denied'],
    [both, { groups: ['a', 'c'] }, 'passes'],
    [both, { groups: ['a'] }, 'access_denied'],
    [both, { groups: ['c'] }, 'access_denied'],
    [['a'], {}, 'access_denied'],
    [['a'], { groups: [] }, 'access_denied'],
    [['a'], { groups: 'a' }, 'passes'],
    [['a'], { groups: 'a,b' }, 'access_denied'],
    [['a'], { groups: 'a b' }, 'access_denied'],
    [['a'], { groups: 'A' }, 'access_denied'],
    [['a'], { groups: { a: true } }, 'access_denied'],
    [['a'], { groups: [['a']] }, 'access_denied'],
    [['1'], { groups: [1] }, 'access_denied'],
    [['true'], { groups: true }, 'access_denied'],
    [['null'], { groups: null }, 'access_denied'],
    [['length'], { groups: ['a'] }, 'access_denied'],
  ])('%j of somebody with %j: %s', (rule, claims, outcome) => {
    expect(codeFor({ require: { groups: rule } }, aPrincipal(claims))).toBe(outcome)
  })

  test("groups and roles are read from the claims that the principal's own provider names", () => {
    const groups = { require: { groups: ['staff'] } }
    expect(codeFor(groups, aPrincipal({ member_of: ['staff'] }, 'keycloak'))).toBe('passes')
    expect(codeFor(groups, aPrincipal({ groups: ['staff'] }, 'keycloak'))).toBe('access_denied')
    expect(codeFor(groups, aPrincipal({ groups: ['staff'] }, 'gone'))).toBe('access_denied')
    const roles = { require: { roles: ['admin'] } }
    const nested = { realm_access: { roles: ['admin'] } }
    expect(codeFor(roles, aPrincipal(nested, 'keycloak'))).toBe('passes')
    expect(codeFor(roles, aPrincipal(nested, 'genauth'))).toBe('access_denied')
    expect(codeFor(roles, aPrincipal({ roles: 'admin' }, 'genauth'))).toBe('passes')
  })
})

describe('claims', () => {
  test.each<[Settings, Claims, string]>([
    [{ level: [3] }, { level: 3 }, 'passes'],
    [{ level: [3] }, { level: '3' }, 'access_denied'],
    [{ level: ['3'] }, { level: 3 }, 'access_denied'],
    [{ email_verified: [true] }, { email_verified: true }, 'passes'],
    [{ email_verified: [true] }, { email_verified: 'true' }, 'access_denied'],
    [{ email_verified: [true] }, { email_verified: 1 }, 'access_denied'],
    [{ email_verified: [false] }, {}, 'access_denied'],
    [{ 'org.id': ['x'] }, { org: { id: 'x' } }, 'passes'],
    [{ 'org.id': ['x'] }, { 'org.id': 'y', org: { id: 'x' } }, 'access_denied'],
    [{ dept: { anyOf: ['a', 1] } }, { dept: [2, 1] }, 'passes'],
    [{ a: ['x'], b: ['y'] }, { a: 'x', b: 'y' }, 'passes'],
    [{ a: ['x'], b: ['y'] }, { a: 'x' }, 'access_denied'],
    [{ constructor: ['Object'] }, {}, 'access_denied'],
    [{ 'constructor.name': ['Object'] }, {}, 'access_denied'],
  ])('%j of somebody with %j: %s', (rule, claims, outcome) => {
    expect(codeFor({ require: { claims: rule } }, aPrincipal(claims))).toBe(outcome)
  })
})

describe('scopes', () => {
  test('a scope that is missing is named in the refusal', () => {
    const settings = { require: { scopes: { allOf: ['read'], anyOf: ['v1', 'v2'] } } }
    expect(codeFor(settings, aPrincipal({}, 'genauth', ['read', 'v2']))).toBe('passes')
    for (const scopes of [[], ['read'], ['v1'], ['read v1']]) {
      const refusal = refusalOf(anAuthenticated(settings, aPrincipal({}, 'genauth', scopes)))
      expect(refusal?.code).toBe('insufficient_scope')
      expect(refusal?.options.scopes).toEqual(['read', 'v1', 'v2'])
    }
  })

  test('is not the reason where a further scope would not help', () => {
    const settings = { require: { scopes: ['read'], groups: ['staff'] } }
    expect(codeFor(settings, aPrincipal({}))).toBe('access_denied')
    expect(codeFor(settings, aPrincipal({ groups: ['staff'] }))).toBe('insufficient_scope')
  })

  test('a claim named scope is not the scopes that were granted', () => {
    const principal = aPrincipal({ scope: 'read', scopes: ['read'] })
    expect(codeFor({ require: { scopes: ['read'] } }, principal)).toBe('insufficient_scope')
  })
})

test('a sign-in with another provider does not count on a route that names its own', () => {
  const settings = { providers: ['genauth'] }
  expect(codeFor(settings, aPrincipal({}, 'genauth'))).toBe('passes')
  const refusal = refusalOf(anAuthenticated(settings, aPrincipal({}, 'keycloak')))
  expect(refusal?.code).toBe('access_denied')
  expect(refusal?.options.providers).toEqual(['genauth'])
})

describe('a preflight', () => {
  const fields = { origin: 'https://spa.example', 'access-control-request-method': 'PUT' }
  const codeOf = (settings: Settings, principal?: Principal): string =>
    refusalOf(anAuthenticated(settings, principal, aRequest('OPTIONS', fields)))?.code ?? 'passes'

  test('passes without anybody where the route passes preflights on, and names nobody', () => {
    const settings = { preflight: 'upstream', require: { groups: ['staff'] } }
    expect(codeOf(settings)).toBe('passes')
    expect(codeOf(settings, aPrincipal({ groups: ['staff'] }))).toBe('internal_error')
  })

  test('is refused like any request without credentials where the route does not', () => {
    expect(codeOf({})).toBe('login_required')
  })

  test('does not open the route for other requests', () => {
    const request = anAuthenticated({ preflight: 'upstream' }, undefined, aRequest('PUT', fields))
    expect(refusalOf(request)?.code).toBe('login_required')
  })
})

test("the reason names the rule and the claim, never the person's values", () => {
  const claims = { groups: ['secret-group'], level: 'secret-level' }
  const detailOf = (settings: Settings): string | undefined =>
    refusalOf(anAuthenticated({ require: settings }, aPrincipal(claims)))?.detail
  expect(detailOf({ groups: ['a'] })).toBe('require.groups: claim groups fails allOf')
  expect(detailOf({ claims: { level: { anyOf: [1] } } })).toBe(
    'require.claims.level: claim level cannot be compared, for anyOf',
  )
  expect(detailOf({ roles: ['a'] })).toBe('require.roles: claim roles is missing')
  expect(detailOf({ claims: { 'org.id': ['a'] } })).toBe(
    'require.claims.org.id: claim org.id is missing',
  )
})

test('a refusal carries the new cookie of a session that was refreshed for this request', () => {
  const authenticated = anAuthenticated({ require: { groups: ['a'] } }, aPrincipal({}))
  const refusal = refusalOf({ ...authenticated, setCookies: ['postern=new'] })
  expect(refusal?.code).toBe('access_denied')
  expect(refusal?.options.setCookies).toEqual(['postern=new'])
})

test('a route that no policy was compiled for is never passed', () => {
  const authorize = createAuthorization({ routes: [], providers })
  const request = anAuthenticated({ access: 'public' }, undefined)
  expect(() => authorize(request)).toThrow(expect.objectContaining({ code: 'internal_error' }))
})
