import { describe, expect, test } from 'vitest'
import { identitySchema } from '../../../src/config/schema/identity.ts'
import { routeSchema } from '../../../src/config/schema/route.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { listIdentityClaims } from '../../../src/identity/identityClaims.ts'
import type { ClaimValue } from '../../../src/sessions/session.ts'
import { rawExchange } from '../../support/httpClient.ts'
import {
  aPrincipal,
  createIdentityFor,
  identifyOverSockets,
  namesOf,
  toAuthorized,
  valuesOf,
} from './identifyOverSockets.ts'
import { startListener } from '../listener/startListener.ts'

const ada = aPrincipal({
  email: 'ada@example.org',
  groups: ['staff', 'a,b'],
  preferred_username: 'ada l',
})

const spoofs = [
  'X-Forwarded-User',
  'x-forwarded-user',
  'X_Forwarded_User',
  'x_forwarded_user',
  'x-forwarded_user',
  'X.Forwarded.User',
  'X-FORWARDED-USER',
  'X--Forwarded-User',
  '_X_Forwarded_User',
  'X-Forwarded-User-',
  'X~Forwarded~User',
  'X-Forwarded-Groups',
  'X-Forwarded-Anything',
  'X-Forwarded',
  'X-Forwarded-Email',
  'X-Forwarded-Prefix',
  'X_Forwarded_Proto',
  'X_Forwarded_For',
  'Remote-User',
  'REMOTE_USER',
  'Remote.Groups',
  'Remote_Addr',
  'SM_USER',
  'Sm_User',
  'sm-user',
  'SM.USERGROUPS',
  'SM_UNIVERSALID',
  'iv-user',
  'IV_GROUPS',
  'X-Auth-Request-User',
  'X_AUTH_REQUEST_EMAIL',
  'X-Authentik-Username',
  'X-Pomerium-Jwt-Assertion',
  'X-Goog-IAP-JWT-Assertion',
  'X-Amzn-Oidc-Identity',
  'Cf-Access-Authenticated-User-Email',
  'X-Envoy-Original-Path',
  'X-Postern-Assertion',
  'X_Postern_Assertion',
  'X-Real-IP',
  'X_Real_IP',
  'X-Original-URL',
  'X-Original-Method',
  'X-Rewrite-URL',
  'X_Rewrite_Url',
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X_Method_Override',
  'Forwarded',
  'Proxy',
  'Content_Length',
  'Transfer_Encoding',
  'Max_Forwards',
  'Proxy_Authorization',
]

describe('what a client may not say', () => {
  test.each(spoofs)('a forged %s never reaches the upstream, signed in or not', async (name) => {
    for (const options of [
      { principal: ada },
      { route: { access: 'public' as const } },
      { route: { identity: { preset: 'none' as const } }, principal: ada },
    ]) {
      const fields = await identifyOverSockets([`${name}: mallory`, 'X-Kept: 1'], options)
      expect(fields.join('\n')).not.toContain('mallory')
      expect(valuesOf(fields, 'X-Kept')).toEqual(['1'])
    }
  })

  test.each([
    'X-Auth-Token',
    'X-Access-Token',
    'X-API-Key',
    'X-User-Id',
    'X-User-Agent',
    'X-MS-Version',
    'X-MS-Client-Request-Id',
    'X-Client-Version',
    'X-CSRF-Token',
    'X-Requested-With',
    'Destination',
  ])('%s, which clients of applications send themselves, passes', async (name) => {
    expect(valuesOf(await identifyOverSockets([`${name}: theirs`]), name)).toEqual(['theirs'])
  })

  test('a header of the configuration is removed in every spelling, on routes that do not write it too', async () => {
    const elsewhere = { headers: { 'X-Staff-Number': 'staff_number' } }
    for (const name of ['X-Staff-Number', 'x_staff_number', 'X.STAFF.NUMBER']) {
      const fields = await identifyOverSockets([`${name}: mallory`], { elsewhere })
      expect(fields.join('\n')).not.toContain('mallory')
    }
  })

  test('a claim that is missing is not replaced by what the client says', async () => {
    const fields = await identifyOverSockets(['X-Forwarded-Email: root@example.org'], {
      principal: aPrincipal(),
    })
    expect(valuesOf(fields, 'X-Forwarded-Email')).toEqual([])
    expect(valuesOf(fields, 'X-Forwarded-User')).toEqual(['ada'])
  })

  test('the names of identity are not kept apart by a table that a client has filled', async () => {
    const { route, identify } = createIdentityFor({ principal: ada })
    const seen: string[][] = []
    await using world = await startListener({
      listen: { maxFieldsSize: '1MiB' },
      handle: async (received) => {
        seen.push(identify(toAuthorized(route, ada, received)))
        received.response.end()
      },
    })
    const many = Array.from({ length: 5000 }, (_, index) => `X-Filler-${index}: 1`)
    const head = [
      'GET / HTTP/1.1',
      'Host: a',
      'Connection: close',
      ...many,
      'x_forwarded_user: mallory',
    ]
    await rawExchange(world.port, `${head.join('\r\n')}\r\n\r\n`)
    expect(seen[0]!.join('\n')).not.toContain('mallory')
    expect(valuesOf(seen[0]!, 'X-Filler-4999')).toEqual(['1'])
  })

  test('a method override passes where the route allows it, in its own spelling alone', async () => {
    const options = { route: { allowMethodOverride: true } }
    const fields = await identifyOverSockets(
      ['X-HTTP-Method-Override: PUT', 'X_HTTP_Method_Override: DELETE'],
      options,
    )
    expect(valuesOf(fields, 'X-HTTP-Method-Override')).toEqual(['PUT'])
    expect(fields).not.toContain('DELETE')
  })

  test("the client's Authorization stays here, unless the route forwards it", async () => {
    const lines = ['Authorization: Bearer secret']
    expect(await identifyOverSockets(lines, { principal: ada })).not.toContain('Bearer secret')
    const route = { forwardAuthorization: true }
    expect(await identifyOverSockets(lines, { route })).toContain('Bearer secret')
  })
})

describe('cookies', () => {
  test.each([
    ['a=1; __Host-postern=x; b=2', ['a=1; b=2']],
    ['__Host-postern=x', []],
    ['postern=x; postern.1=y; POSTERN-login-1=z; __Secure-postern=q', []],
    ['a="x y"; postern=x;b=2', ['a="x y";b=2']],
    ['posterns=1; mypostern=2; p=3', ['posterns=1; mypostern=2; p=3']],
    ['postern', []],
    ['a=1;  odd ; =; b', ['a=1;  odd ; =; b']],
  ])('of %s the upstream sees %j', async (cookie, expected) => {
    const fields = await identifyOverSockets([`Cookie: ${cookie}`], { principal: ada })
    expect(valuesOf(fields, 'Cookie')).toEqual(expected)
  })

  test('a second Cookie field hides nothing', async () => {
    const fields = await identifyOverSockets(['Cookie: a=1', 'cookie: postern=x', 'COOKIE: b=2'])
    expect(valuesOf(fields, 'Cookie')).toEqual(['a=1', 'b=2'])
  })
})

describe('what the upstream is told', () => {
  test.each([
    [
      'forwarded',
      [
        'X-Forwarded-User',
        'ada',
        'X-Forwarded-Email',
        'ada@example.org',
        'X-Forwarded-Groups',
        'staff,a%2Cb',
        'X-Forwarded-Preferred-Username',
        'ada l',
      ],
    ],
    [
      'remote-user',
      ['Remote-User', 'ada', 'Remote-Email', 'ada@example.org', 'Remote-Groups', 'staff,a%2Cb'],
    ],
    ['siteminder', ['SM_USER', 'ada', 'SM_UNIVERSALID', 'ada', 'SM_USERGROUPS', 'staff^a,b']],
    ['webseal', ['iv-user', 'ada', 'iv-groups', '"staff","a%2Cb"']],
    [
      'x-auth-request',
      [
        'X-Auth-Request-User',
        'ada',
        'X-Auth-Request-Email',
        'ada@example.org',
        'X-Auth-Request-Groups',
        'staff,a%2Cb',
        'X-Auth-Request-Preferred-Username',
        'ada l',
      ],
    ],
    ['none', []],
  ] as const)('preset %s writes its headers last', async (preset, expected) => {
    const fields = await identifyOverSockets(['X-Kept: 1'], {
      route: { identity: { preset } },
      principal: ada,
    })
    const via = fields.indexOf('Via')
    expect(fields.slice(via + 2)).toEqual(expected)
  })

  test('any claim goes to any header, and a header of the preset can carry another claim', async () => {
    const headers = {
      'x-forwarded-user': 'preferred_username',
      'X-Forwarded-Groups': 'realm_access.roles',
      'X-Scope': 'scope',
      'X-Nothing': 'nothing',
    }
    const fields = await identifyOverSockets([], {
      route: { identity: { headers } },
      principal: aPrincipal({ preferred_username: 'ada', realm_access: { roles: 'x,y' } }),
    })
    expect(valuesOf(fields, 'X-Forwarded-User')).toEqual(['ada'])
    expect(valuesOf(fields, 'X-Forwarded-Groups')).toEqual(['x%2Cy'])
    expect(valuesOf(fields, 'X-Scope')).toEqual(['openid email'])
    expect(valuesOf(fields, 'X-Nothing')).toEqual([])
  })

  test('the encoding of the configuration is that of every header without one of its own', async () => {
    const identity = {
      preset: 'webseal',
      encoding: 'utf-8',
      headers: { 'X-Name': { claim: 'name', encoding: 'percent' } },
    } as const
    const principal = aPrincipal({ groups: ['é'], name: 'é' })
    const fields = await identifyOverSockets([], { route: { identity }, principal })
    expect(valuesOf(fields, 'iv-groups')).toEqual(['"\xc3\xa9"'])
    expect(valuesOf(fields, 'X-Name')).toEqual(['%C3%A9'])
  })

  test("a rule for a preset's list keeps the preset's kind of list, unless it says otherwise", async () => {
    const toldWith = async (rule: object) => {
      const identity = {
        preset: 'webseal',
        headers: { 'iv-groups': { claim: 'x', ...rule } },
      } as const
      const principal = aPrincipal({ x: ['a', 'b'] })
      return valuesOf(
        await identifyOverSockets([], { route: { identity }, principal }),
        'iv-groups',
      )
    }
    expect(await toldWith({ case: 'upper' })).toEqual(['"A","B"'])
    expect(await toldWith({ separator: '^', quoted: false })).toEqual(['a^b'])
  })

  test("the groups of a preset are those of the provider's own claim, a named claim is that one", async () => {
    const principal = aPrincipal({ groups: ['not these'], realm_access: { roles: ['staff'] } })
    for (const [preset, name] of [
      ['forwarded', 'X-Forwarded-Groups'],
      ['remote-user', 'Remote-Groups'],
      ['siteminder', 'SM_USERGROUPS'],
      ['x-auth-request', 'X-Auth-Request-Groups'],
    ] as const) {
      const options = { principal, groupsClaim: 'realm_access.roles' }
      const fields = await identifyOverSockets([], { ...options, route: { identity: { preset } } })
      expect(valuesOf(fields, name)).toEqual(['staff'])
      const headers = { [name]: 'groups' }
      const named = await identifyOverSockets([], {
        ...options,
        route: { identity: { preset, headers } },
      })
      expect(valuesOf(named, name)).toEqual(['not these'])
    }
  })

  test('nobody is told about anyone on a public route', async () => {
    const fields = await identifyOverSockets([], { route: { access: 'public' }, principal: ada })
    expect(fields.join('\n')).not.toContain('ada')
  })

  test.each([[false], ['false']])(
    'an address that the issuer calls unverified (%j) is withheld',
    async (verified) => {
      const principal = aPrincipal({ email: 'ceo@example.org', email_verified: verified })
      expect(valuesOf(await identifyOverSockets([], { principal }), 'X-Forwarded-Email')).toEqual(
        [],
      )
    },
  )

  test('the subject is the one that was verified, whatever else is called sub', async () => {
    const fields = await identifyOverSockets([], { principal: aPrincipal({ sub: 'mallory' }) })
    expect(valuesOf(fields, 'X-Forwarded-User')).toEqual(['ada'])
  })

  test('claims beyond 8 KB are refused rather than cut', async () => {
    const groups = Array.from({ length: 500 }, (_, index) => `department-number-${index}`)
    const { route, identify } = createIdentityFor({})
    const refusals: unknown[] = []
    await using world = await startListener({
      handle: async (received) => {
        try {
          identify(toAuthorized(route, aPrincipal({ groups }), received))
        } catch (error) {
          refusals.push(error)
        }
        received.response.end()
      },
    })
    await rawExchange(world.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(refusals).toHaveLength(1)
    expect(refusals[0]).toBeInstanceOf(GatewayError)
    expect(refusals[0]).toMatchObject({ code: 'identity_too_large' })
  })

  test('who is refused for too long a claim is refused again without a second search of it', async () => {
    let reads = 0
    const claims = {
      get groups() {
        reads += 1
        return Array.from({ length: 500 }, (_, index) => `department-number-${index}`)
      },
    }
    const principal = aPrincipal(claims)
    const { route, identify } = createIdentityFor({})
    await using world = await startListener({
      handle: async (received) => {
        expect(() => identify(toAuthorized(route, principal, received))).toThrow(/8192|bytes/)
        received.response.end('refused')
      },
    })
    for (let asked = 0; asked < 3; asked += 1) {
      const answer = await rawExchange(
        world.port,
        'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      )
      expect(answer).toContain('refused')
    }
    expect(reads).toBe(1)
  })

  test('a number that has lost digits says nothing, however deep in a claim it stands', async () => {
    const claims = {
      org: { id: 2 ** 53 },
      units: [{ id: 7 }, { id: [2 ** 53] }, { ids: [{ id: 2 ** 53 }] }],
    }
    const route = {
      identity: { preset: 'none' as const, headers: { 'X-Org': 'org', 'X-Units': 'units' } },
    }
    const fields = await identifyOverSockets([], { route, principal: aPrincipal(claims) })
    expect(valuesOf(fields, 'X-Org')).toEqual([])
    expect(valuesOf(fields, 'X-Units')).toEqual(['{"id":7}'])
  })

  test('claims within claims without end say nothing, and break nothing', async () => {
    let deep: ClaimValue = []
    for (let depth = 0; depth < 50_000; depth += 1) deep = [deep]
    const claims = { org: { deep }, units: [deep, 'b'] }
    const route = {
      identity: { preset: 'none' as const, headers: { 'X-Org': 'org', 'X-Units': 'units' } },
    }
    const fields = await identifyOverSockets([], { route, principal: aPrincipal(claims) })
    expect([valuesOf(fields, 'X-Org'), valuesOf(fields, 'X-Units')]).toEqual([[], ['b']])
  })

  test('no configuration writes a field that frames or routes the message', () => {
    for (const name of [
      'Host',
      'content_length',
      'Connection',
      'X-Forwarded-For',
      'Transfer-Encoding',
    ]) {
      const route = { identity: { headers: { [name]: 'sub' } } }
      expect(() => createIdentityFor({ route })).toThrow(name)
    }
  })

  test("Host is the client's, or the upstream's own where it asks for it", async () => {
    const asked = await identifyOverSockets([])
    expect(asked.slice(0, 2)).toEqual(['Host', 'app.example'])
    const own = await identifyOverSockets([], { upstream: { preserveHost: false } })
    expect(own.slice(0, 2)).toEqual(['Host', '127.0.0.1:3000'])
    expect(namesOf(own).filter((name) => name.toLowerCase() === 'host')).toHaveLength(1)
    expect(valuesOf(own, 'X-Forwarded-Host')).toEqual(['app.example'])
  })
})

test('the claims asked for at userinfo are those that the headers are made of, at each provider', () => {
  const route = routeSchema.parse({ match: { path: '/**' }, upstream: 'app' })
  const claims = listIdentityClaims({
    identity: identitySchema.parse({
      headers: { 'X-Staff': 'groups', 'X-Account': { template: '{tenant}\\{login}' } },
    }),
    routes: [route, { ...route, access: 'public', identity: identitySchema.parse({}) }],
    providers: [
      { id: 'one', claims: { groups: 'memberOf', roles: 'roles' } },
      { id: 'two', claims: { groups: 'realm_access.roles', roles: 'roles' } },
    ],
    upstreams: {},
  })
  expect(new Set(claims)).toEqual(
    new Set([
      'email',
      'preferred_username',
      'memberOf',
      'realm_access.roles',
      'groups',
      'tenant',
      'login',
    ]),
  )
})
