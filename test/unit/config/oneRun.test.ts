// `postern check` once, and all that is wrong is known: nothing hides behind something else, and nothing is
// reported that is wrong only because something else is.

import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { configSchema } from '../../../src/config/schema.ts'
import { findRouteProblems } from '../../../src/routing/routeProblems.ts'
import { aConfig, aKey, load, problemsOf } from './configFile.ts'

/** Line and path of each problem, as `postern check` finds them. */
async function checked(text: string): Promise<string[]> {
  const problems = await problemsOf(text, { findRouteProblems })
  return problems.map(({ line, path }) => `${line} ${path}`)
}

test('a file with faults of every kind in every section gets all of them said at once, in its order', async () => {
  const text = `publicUrl: app.example.com
prefix: postern
listen:
  address: 0.0.0.0:8080
  headTimout: 5s
  keepAliveTimeout: 5
admin: { address: 127.0.0.1:8080 }
providers:
  - id: acme
    issuer: http://acme.example/oidc
    clientId: postern
    clientSecret: { env: NOWHERE }
    scopes: [email]
  - id: acme
    issuer: https://other.example
    clientId: 5
    clientAuthentication: client_secret_post
sessions:
  store: redis
  idleTimeout: 1d
  lifetime: 2h
  keys: [{ file: nowhere }, 7, short]
  nearCache: { maxSessions: many }
upstreams:
  billing: { url: localhost:3000 }
  shop: { url: https://shop.internal, ca: nowhere.pem, connections: 0 }
identity: { preset: forwarded, headers: { Host: sub } }
routes:
  - match: { path: /a/** }
    upstream: biling
  - match: { path: /b/**, methods: [get] }
    upstream: billing
    providers: [acne]
  - match: { path: /c }
    acces: public
    access: publik
    upstream: shop
  - match: { path: /c }
    upstream: shop
  - match: { path: /d }
    access: public
    require: { groups: [staff] }
    upstream: billing
    identity: { headers: { X-A: a, x_a: b } }
log: { level: loud }
`
  const found = await checked(text)
  expect(found).toEqual([
    '1 publicUrl',
    '2 prefix',
    '5 listen.headTimout',
    '6 listen.keepAliveTimeout',
    '7 admin.address',
    '10 providers[0].issuer',
    '12 providers[0].clientSecret',
    '13 providers[0].scopes',
    '14 providers[1].id',
    '16 providers[1].clientId',
    '17 providers[1].clientAuthentication',
    '19 sessions.store',
    '21 sessions.lifetime',
    '22 sessions.keys[0]',
    '22 sessions.keys[1]',
    '22 sessions.keys[2]',
    '23 sessions.nearCache.maxSessions',
    '25 upstreams.billing.url',
    '26 upstreams.shop.ca',
    '26 upstreams.shop.connections',
    '27 identity.headers.Host',
    '30 routes[0].upstream',
    '31 routes[1].match.methods[0]',
    '33 routes[1].providers[0]',
    '35 routes[2].acces',
    '36 routes[2].access',
    '38 routes[3].match.path',
    '42 routes[4].require',
    '44 routes[4].identity.headers.x_a',
    '45 log.level',
  ])
})

const whole = `publicUrl: https://app.example.com
prefix: /.postern
listen:
  address: 0.0.0.0:8080
  trustedProxies: [10.0.0.0/8]
admin: { address: 127.0.0.1:9090 }
providers:
  - id: acme
    issuer: https://acme.example/oidc
    displayName: Acme
    clientId: postern
    clientSecret: a-client-secret-of-more-than-32-bytes
    clientAuthentication: client_secret_post
    scopes: [openid]
    idTokenAlgorithms: [HS256]
    authorizationParameters: { prompt: consent }
    claims: { groups: teams, roles: roles }
    signIn: true
    bearer:
      validation: both
      audiences: [https://api.example.com]
  - id: other
    issuer: http://other.example
    bearer: { audiences: [https://api.example.com] }
sessions:
  store: redis
  redis: { url: "rediss://cache", password: a-redis-password, tls: {} }
  keys: [${aKey}]
  idleTimeout: 13h
  lifetime: 14h
upstreams:
  billing: { url: http://127.0.0.1:3000, idleTimeout: 1m }
  shop: { url: http://127.0.0.1:3001 }
identity: { preset: none, headers: { X-User: sub } }
routes:
  - name: one
    match: { host: a.example, path: /**, methods: [GET] }
    authenticate: [session, bearer]
    providers: [acme, other]
    require: { groups: { anyOf: [staff] }, scopes: [read] }
    upstream: billing
  - name: two
    match: { host: a.example, path: /**, methods: [POST] }
    authenticate: [bearer]
    providers: [other]
    upstream: shop
    identity: { headers: { X-Mail: email } }
  - match: { path: /open }
    access: public
    upstream: shop
insecure: { allowHttpIssuer: true }
`

type Step = string | number

/** Every setting in `data`, groups and entries included. */
function listPaths(data: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  const inside: [Step, unknown][] = Array.isArray(data)
    ? [...data.entries()]
    : typeof data === 'object' && data !== null
      ? Object.entries(data)
      : []
  return inside.flatMap(([step, value]) => {
    const at = [...path, step]
    return [at, ...listPaths(value, at)]
  })
}

function write(path: readonly Step[]): string {
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
}

/** The file with one setting replaced, or without it. */
function withSetting(path: readonly Step[], value: unknown): unknown {
  const data: unknown = parse(whole)
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, step) => Reflect.get(Object(at), step), data)
  if (value === undefined) Reflect.deleteProperty(Object(parent), path.at(-1)!)
  else Reflect.set(Object(parent), path.at(-1)!, value)
  return data
}

describe('one fault is one problem', () => {
  test('the file that is broken below has no problem as it is', async () => {
    expect(await load(whole, { findRouteProblems })).toHaveProperty('config')
  })

  test.each([
    ['a number', -1],
    ['nothing', null],
    ['an empty list', []],
    ['a list of lists', [[]]],
    ['an unfit text', 'no/such thing'],
  ])('%s in place of any one setting is reported there and nowhere else', async (_, value) => {
    let broken = 0
    for (const path of listPaths(parse(whole))) {
      const data = withSetting(path, value)
      if (configSchema.safeParse(data).success) continue
      broken += 1
      const problems = await problemsOf(stringify(data), { findRouteProblems })
      expect(problems.length, write(path)).toBeGreaterThan(0)
      for (const problem of problems) {
        expect(`.${problem.path}`.slice(0, write(path).length)).toBe(write(path))
      }
    }
    expect(broken).toBeGreaterThan(50)
  })

  test('any required setting that is missing is reported there and nowhere else', async () => {
    let missing = 0
    for (const path of listPaths(parse(whole))) {
      if (typeof path.at(-1) === 'number') continue
      const data = withSetting(path, undefined)
      if (configSchema.safeParse(data).success) continue
      missing += 1
      const problems = await problemsOf(stringify(data), { findRouteProblems })
      expect(problems, write(path)).toHaveLength(1)
      expect(write(path).startsWith(`.${problems[0]?.path}`)).toBe(true)
    }
    expect(missing).toBeGreaterThan(10)
  })

  test('a slip in the name of any setting is reported there and nowhere else', async () => {
    for (const path of listPaths(parse(whole))) {
      const name = path.at(-1)
      if (typeof name !== 'string' || name.length < 4 || /^[A-Z]|shop|billing|prompt/.test(name))
        continue
      const slip = `${name.slice(0, -1)}_x`
      const parentPath = path.slice(0, -1)
      const data = withSetting(path, undefined)
      const parent = parentPath.reduce<unknown>((at, step) => Reflect.get(Object(at), step), data)
      Reflect.set(Object(parent), slip, 'anything')
      const problems = await problemsOf(stringify(data), { findRouteProblems })
      expect(problems.map((problem) => `.${problem.path}`)).toEqual([write([...parentPath, slip])])
    }
  })
})

describe('what cannot be read does not make others look wrong', () => {
  const route = (lines: string): string =>
    `  - match: { path: /x }\n    upstream: billing\n${lines}`

  test.each([
    ['an upstream with a fault', 'upstreams.billing.url', ': http://127.0.0.1:3000', ': 3000'],
    ['an upstream that is no mapping', 'upstreams.billing', '{ url: http://127.0.0.1:3000 }', '3'],
    ['an upstream of a wrong name', 'upstreams.Billing', '  billing:', '  Billing:'],
    ['upstreams under a wrong name', 'upstraems', 'upstreams:', 'upstraems:'],
    ['providers under a wrong name', 'provdiers', 'providers:', 'provdiers:'],
    ['a provider that is no mapping', 'providers[1]', 'upstreams:', '  - acme\nupstreams:'],
    ['a provider without an id', 'providers[0].id', 'id: acme', 'displayName: Acme'],
  ])('%s is one problem', async (_, path, from, to) => {
    const text = aConfig(route('    providers: [acme]\n')).replace(from, to)
    const problems = await problemsOf(text, { findRouteProblems })
    expect(problems.map((problem) => problem.path)).toEqual([path])
  })

  test('a route that cannot be read keeps its place: ties behind it name the right ones', async () => {
    const text = aConfig(
      `  - nonsense\n  - match: 5\n    upstream: billing\n${route('')}${route('')}`,
    )
    const problems = await problemsOf(text, { findRouteProblems })
    expect(problems.map(({ path }) => path)).toEqual([
      'routes[1]',
      'routes[2].match',
      'routes[4].match.path',
    ])
    expect(problems[2]?.message).toContain('a tie with routes[3]')
  })

  test('a public URL, a prefix and a log level with faults hide no tie', async () => {
    const text = aConfig(`${route('')}${route('')}prefix: x\nlog: loud\n`).replace('https:', 'ftp:')
    expect(await checked(text)).toEqual([
      '1 publicUrl',
      '14 routes[2].match.path',
      '16 prefix',
      '17 log',
    ])
  })
})
