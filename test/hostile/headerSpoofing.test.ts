import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpClient, RequestOptions } from '../support/httpClient.ts'
import { spellingsOf, spoofedNames, toldFields } from '../support/spoofedNames.ts'
import { fieldValues, type RecordedRequest } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, hasAnswers, toHead } from './rawRequests.ts'

const forged = 'mallory'
const configured = ['X-Team', 'Tenant_Id']

let world: World
let alice: HttpClient
let nobody: HttpClient

beforeAll(async () => {
  const upstream = 'app'
  world = await startWorld({
    config: { identity: { headers: { 'X-Team': 'groups', Tenant_Id: 'tenant' } } },
    routes: [
      { match: { path: '/public/**' }, access: 'public', upstream },
      { match: { path: '/override/**' }, access: 'public', allowMethodOverride: true, upstream },
      { match: { path: '/optional/**' }, access: 'optional', upstream },
      { match: { path: '/members/**' }, upstream },
      { match: { path: '/nobodys/**' }, require: { groups: ['none'] }, upstream },
      { match: { path: '/cors/**' }, preflight: 'upstream', upstream },
      { match: { path: '/siteminder/**' }, identity: { preset: 'siteminder' }, upstream },
      { match: { path: '/webseal/**' }, identity: { preset: 'webseal' }, upstream },
      { match: { path: '/remote-user/**' }, identity: { preset: 'remote-user' }, upstream },
      { match: { path: '/x-auth/**' }, identity: { preset: 'x-auth-request' }, upstream },
      { match: { path: '/silent/**' }, identity: { preset: 'none' }, upstream },
    ],
  })
  alice = (await world.signIn('alice', '/members/')).client
  nobody = world.browser()
})
afterAll(() => world.stop())

/** What is true of every request in this file, as the upstream is to be told. */
function forwardingFields(): string[] {
  const host = `localhost:${world.port}`
  return [
    `Forwarded: for=127.0.0.1;host="${host}";proto=http`,
    'X-Forwarded-For: 127.0.0.1',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Port: ${world.port}`,
    'X-Forwarded-Proto: http',
  ]
}

const aboutAlice = [
  'X-Forwarded-Email: alice@example.com',
  'X-Forwarded-Groups: staff,admins',
  'X-Forwarded-Preferred-Username: alice',
  'X-Forwarded-User: alice',
  'X-Team: staff,admins',
]

/** The upstream was told this and no more, whoever was asked to be believed. */
function expectTold(recorded: RecordedRequest | undefined, identity: readonly string[]): void {
  const { rawHeaders, rawTrailers } = recorded!
  expect(toldFields(rawHeaders, configured)).toEqual([...forwardingFields(), ...identity].sort())
  expect([...rawHeaders, ...rawTrailers].join('\n')).not.toContain(forged)
}

/** All names in all spellings, six names at a time: as much as fits into one head. */
const forgedHeads: readonly string[][] = chunk([...spoofedNames, ...configured], 6).map((names) =>
  names.flatMap((name) => spellingsOf(name).flatMap((spelling) => [spelling, forged])),
)
const toLines = (fields: readonly string[]) =>
  fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : []))

test('every name comes in at least sixteen spellings', () => {
  for (const name of spoofedNames) expect(spellingsOf(name).length).toBeGreaterThanOrEqual(16)
  expect(spoofedNames.length).toBeGreaterThanOrEqual(45)
})

interface Kind {
  readonly path: string
  readonly by: 'alice' | 'nobody'
  readonly told: readonly string[]
  readonly options?: RequestOptions
}

const preflight = ['Origin', 'https://other.example', 'Access-Control-Request-Method', 'PUT']
const kinds: readonly (readonly [string, Kind])[] = [
  ['a public path, signed out', { path: '/public/a', by: 'nobody', told: [] }],
  ['a public path, signed in', { path: '/public/a', by: 'alice', told: [] }],
  ['an optional path, signed out', { path: '/optional/a', by: 'nobody', told: [] }],
  ['an optional path, signed in', { path: '/optional/a', by: 'alice', told: aboutAlice }],
  ['a signed-in path', { path: '/members/a', by: 'alice', told: aboutAlice }],
  ['HEAD', { path: '/members/a', by: 'alice', told: aboutAlice, options: { method: 'HEAD' } }],
  [
    'a POST with a body',
    { path: '/members/a', by: 'alice', told: aboutAlice, options: { method: 'POST', body: 'a=1' } },
  ],
  [
    'a preflight that is passed on, signed out',
    { path: '/cors/a', by: 'nobody', told: [], options: { method: 'OPTIONS', fields: preflight } },
  ],
  [
    'a preflight that is passed on, signed in',
    { path: '/cors/a', by: 'alice', told: [], options: { method: 'OPTIONS', fields: preflight } },
  ],
  [
    'a path of the siteminder preset',
    {
      path: '/siteminder/a',
      by: 'alice',
      told: ['SM_UNIVERSALID: alice', 'SM_USER: alice', 'SM_USERGROUPS: staff^admins'],
    },
  ],
  [
    'a path of the webseal preset',
    { path: '/webseal/a', by: 'alice', told: ['iv-groups: "staff","admins"', 'iv-user: alice'] },
  ],
  [
    'a path of the remote-user preset',
    {
      path: '/remote-user/a',
      by: 'alice',
      told: [
        'Remote-Email: alice@example.com',
        'Remote-Groups: staff,admins',
        'Remote-Name: Alice Liddell',
        'Remote-User: alice',
      ],
    },
  ],
  [
    'a path of the x-auth-request preset',
    {
      path: '/x-auth/a',
      by: 'alice',
      told: [
        'X-Auth-Request-Email: alice@example.com',
        'X-Auth-Request-Groups: staff,admins',
        'X-Auth-Request-Preferred-Username: alice',
        'X-Auth-Request-User: alice',
      ],
    },
  ],
  ['a path where nothing is told', { path: '/silent/a', by: 'alice', told: [] }],
]

describe('no spelling of a name that only the gateway may use reaches the upstream', () => {
  test.each(kinds)('%s', async (_, { path, by, told, options = {} }) => {
    const client = by === 'alice' ? alice : nobody
    for (const forgedHead of forgedHeads) {
      world.upstream.requests.length = 0
      const fields = [...(options.fields ?? []), ...forgedHead]
      const answer = await client.request(world.publicUrl + path, { ...options, fields })
      expect(answer.status).toBe(200)
      expect(world.upstream.requests).toHaveLength(1)
      expectTold(world.upstream.requests[0], told)
      expect(world.upstream.requests[0]!.method).toBe(options.method ?? 'GET')
    }
  })

  test.each([
    ['/public/a', 'nobody', []],
    ['/members/a', 'alice', aboutAlice],
  ] as const)('a WebSocket handshake for %s', async (target, by, told) => {
    for (const forgedHead of forgedHeads) {
      world.upstream.requests.length = 0
      const lines = [
        ...handshakeLines,
        ...toLines(forgedHead),
        ...(by === 'alice' ? credentialsOf(alice) : []),
      ]
      const head = toHead({ host: `localhost:${world.port}`, target, lines })
      const { statuses } = await exchangeRaw(world.port, head, { until: hasAnswers(1) })
      expect(statuses).toEqual([101])
      expect(world.upstream.requests[0]!.isUpgrade).toBe(true)
      expectTold(world.upstream.requests[0], told)
    }
  })

  test('each spelling alone', async () => {
    for (const spelling of spellingsOf('X-Forwarded-User')) {
      const options = { fields: [spelling, forged] }
      await alice.request(`${world.publicUrl}/members/a`, options)
      expectTold(world.upstream.requests.at(-1), aboutAlice)
      await nobody.request(`${world.publicUrl}/optional/a`, options)
      expectTold(world.upstream.requests.at(-1), [])
    }
  })

  test('a name twice, empty, and with a value of spaces', async () => {
    const fields = ['X-Forwarded-User', 'Remote-User', 'X_Forwarded_User', 'X-Team'].flatMap(
      (name) => [name, forged, name, '', name, ' ', name, `${forged}2`],
    )
    await alice.request(`${world.publicUrl}/members/a`, { fields })
    expectTold(world.upstream.requests.at(-1), aboutAlice)
  })

  test('a header whose claim this person has not is not the client’s', async () => {
    const fields = ['Tenant_Id', forged, 'Tenant-Id', forged, 'tenant.id', forged]
    await alice.request(`${world.publicUrl}/members/a`, { fields })
    expectTold(world.upstream.requests.at(-1), aboutAlice)
  })

  test('in the trailers of a chunked request', async () => {
    const trailers = spoofedNames.map((name) => `${name}: ${forged}`)
    const head = toHead({
      host: `localhost:${world.port}`,
      method: 'POST',
      target: '/members/a',
      lines: [
        ...credentialsOf(alice),
        'Transfer-Encoding: chunked',
        `Trailer: ${spoofedNames.join(', ')}`,
        'Connection: close',
      ],
    })
    const body = ['5', 'hello', '0', ...trailers, '', ''].join('\r\n')
    const { statuses } = await exchangeRaw(world.port, head + body)
    expect(statuses).toEqual([200])
    const recorded = world.upstream.requests.at(-1)!
    expect(recorded.bodySize).toBe(5)
    expectTold(recorded, aboutAlice)
  })
})

describe('what is forged changes no answer of the gateway’s own', () => {
  const all = [...spoofedNames, ...configured].flatMap((name) => [name, forged])

  test.each([
    ['a callback with an error', '/.postern/callback?error=access_denied&state=x', 302],
    ['a callback without a state', '/.postern/callback?error=access_denied', 400],
    ['an endpoint that is not there', '/.postern/nowhere', 404],
    ['a path without a route', '/nowhere', 404],
    ['a signed-in path, signed out', '/members/a', 302],
    ['the session endpoint, signed out', '/.postern/session', 401],
  ])('%s', async (_, path, status) => {
    const before = world.upstream.requests.length
    const fields = ['Accept', 'text/html', ...all]
    const answer = await world.browser().request(world.publicUrl + path, { fields })
    expect(answer.status).toBe(status)
    expect(answer.rawHeaders.join('\n') + answer.text).not.toContain(forged)
    expect(world.upstream.requests).toHaveLength(before)
  })

  test('the session endpoint still knows who is signed in', async () => {
    const answer = await alice.request(`${world.publicUrl}/.postern/session`, { fields: all })
    expect(answer.json()).toMatchObject({ subject: 'alice', groups: ['staff', 'admins'] })
  })

  test('a forged group opens no route that asks for one', async () => {
    const before = world.upstream.requests.length
    const fields = [
      'X-Forwarded-Groups',
      'none',
      'Remote-Groups',
      'none',
      'X_Forwarded_Groups',
      'none',
    ]
    const answer = await alice.request(`${world.publicUrl}/nobodys/a`, { fields })
    expect(answer.status).toBe(403)
    expect(world.upstream.requests).toHaveLength(before)
  })

  test('X-Forwarded-Host and -Proto lead no sign-in elsewhere', async () => {
    const fields = ['X-Forwarded-Host', 'evil.example', 'X-Forwarded-Proto', 'https']
    const client = world.browser()
    const answer = await client.request(`${world.publicUrl}/members/a`, {
      fields: ['Accept', 'text/html', ...fields, 'Forwarded', 'host=evil.example;proto=https'],
    })
    const location = new URL(answer.headers.location!)
    expect(location.searchParams.get('redirect_uri')).toBe(`${world.publicUrl}/.postern/callback`)
    expect(answer.rawHeaders.join('\n')).not.toContain('evil.example')
  })
})

describe('the method that is judged is the one that counts', () => {
  test('a route may let X-HTTP-Method-Override through, and no other spelling of it', async () => {
    const fields = spellingsOf('X-HTTP-Method-Override').flatMap((name) => [name, 'DELETE'])
    await nobody.request(`${world.publicUrl}/override/a`, { fields })
    const { rawHeaders } = world.upstream.requests.at(-1)!
    const names = rawHeaders.filter((name, at) => at % 2 === 0 && /method/i.test(name))
    expect(new Set(names.map((name) => name.toLowerCase()))).toEqual(
      new Set(['x-http-method-override']),
    )
  })
})

describe('behind a trusted proxy', () => {
  test('its word counts for address, scheme and host, and for nothing else', async () => {
    await using world = await startWorld({
      config: { listen: { address: '127.0.0.1:0', trustedProxies: ['127.0.0.0/8'] } },
    })
    const names = spoofedNames.filter(
      (name) => !/^(forwarded|x-forwarded-(for|host|proto|port))$/i.test(name),
    )
    const lines = [
      'X-Forwarded-For: 198.51.100.7',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: app.example.com',
      ...names.map((name) => `${name}: ${forged}`),
      'Connection: close',
    ]
    const head = toHead({ host: 'inner.example', target: '/public/a', lines })
    expect((await exchangeRaw(world.replicas[0]!.port, head)).statuses).toEqual([200])
    const { rawHeaders } = world.upstream.requests[0]!
    expect(toldFields(rawHeaders)).toEqual([
      'Forwarded: for=198.51.100.7;host=app.example.com;proto=https, for=127.0.0.1',
      'X-Forwarded-For: 198.51.100.7, 127.0.0.1',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Proto: https',
    ])
    expect(fieldValues(rawHeaders, 'host')).toEqual(['app.example.com'])
  })
})

function credentialsOf(client: HttpClient): string[] {
  return [`Cookie: ${client.cookies.fieldFor(world.publicUrl)}`, `Origin: ${world.publicUrl}`]
}

function chunk(names: readonly string[], size: number): string[][] {
  const count = Math.ceil(names.length / size)
  return Array.from({ length: count }, (_, at) => names.slice(at * size, (at + 1) * size))
}
