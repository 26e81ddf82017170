import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { allowable } from '../../src/config/schema/route.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { fieldValues } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { isBelow, toLenientPath } from './lenientPath.ts'
import { climbing, directly } from './pathPayloads.ts'
import { exchangeRaw } from './rawRequests.ts'

let world: World
let alice: HttpClient
let bob: HttpClient

beforeAll(async () => {
  world = await startWorld({
    routes: [
      { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
      { match: { path: '/lenient/**' }, access: 'public', allow: [...allowable], upstream: 'app' },
      { match: { path: '/lenient/admin/**' }, require: { groups: ['admins'] }, upstream: 'app' },
      { match: { path: '/admin/**' }, require: { groups: ['admins'] }, upstream: 'app' },
      { match: { path: '/delete/**', methods: ['GET'] }, upstream: 'app' },
      {
        match: { path: '/delete/**', methods: ['DELETE'] },
        require: { groups: ['admins'] },
        upstream: 'app',
      },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
  alice = (await world.signIn('alice')).client
  bob = (await world.signIn('bob')).client
})
afterAll(() => world.stop())
beforeEach(() => {
  world.upstream.requests.length = 0
})

/** Byte for byte what is written here; latin1 where it is beyond ASCII. */
async function ask(target: string, client?: HttpClient, lines: readonly string[] = []) {
  const cookie = client?.cookies.fieldFor(world.publicUrl)
  const head = [
    `GET ${target} HTTP/1.1`,
    ...(lines.some((line) => /^host:/i.test(line)) ? [] : [`Host: localhost:${world.port}`]),
    ...(cookie === undefined ? [] : [`Cookie: ${cookie}`]),
    ...lines,
    'Connection: close',
    '',
    '',
  ]
  const { statuses } = await exchangeRaw(world.port, head.join('\r\n'))
  expect(statuses, target).toHaveLength(1)
  return statuses[0]!
}

/** No upstream got what the kindest server takes for an admin's page, but from an admin. */
function expectNoAdminPage(): void {
  for (const { url, rawHeaders } of world.upstream.requests) {
    if (!isBelow(toLenientPath(url), '/admin')) continue
    expect(fieldValues(rawHeaders, 'x-forwarded-groups'), url).toEqual(['staff,admins'])
  }
}

describe('the yardstick', () => {
  test.each([
    '/admin',
    '/public/..%2fadmin',
    '/public/%252e%252e/admin/x',
    '/public/..;x/admin',
    '/%61dmin;a=b/c',
    '/public\\..\\admin',
    '//admin',
    '/public/%c0%ae%c0%ae/admin',
    '/public/%e0%80%ae./admin',
    '/admin%00/x',
    '/%25%36%31dmin',
  ])('takes %s for a page of /admin', (target) => {
    expect(isBelow(toLenientPath(target), '/admin')).toBe(true)
  })

  test.each(['/public/admin', '/administrator', '/x?a=/admin', '/admins'])(
    'but not %s',
    (target) => {
      expect(isBelow(toLenientPath(target), '/admin')).toBe(false)
    },
  )
})

describe('no spelling of a path leads to a page of /admin', () => {
  const fromPublic = climbing.map((rest) => `/public/${rest}`)
  const fromLenient = climbing.map((rest) => `/lenient/${rest}`)

  test.each([
    ['directly', directly],
    ['out of a public folder', fromPublic],
    ['out of a public folder that allows every ambiguous spelling', fromLenient],
  ])('signed out, %s', async (_, targets) => {
    for (const target of targets) {
      expect([200, 400, 401], target).toContain(await ask(target))
    }
    expectNoAdminPage()
    expect(
      world.upstream.requests.filter(({ url }) =>
        isBelow(toLenientPath(url).toLowerCase(), '/admin'),
      ),
    ).toEqual([])
    expect(world.upstream.requests.every(({ url }) => /^\/(public|lenient)\b/.test(url))).toBe(true)
  })

  test('as somebody without the right', async () => {
    for (const target of directly) {
      expect([200, 400, 403], target).toContain(await ask(target, bob))
    }
    expectNoAdminPage()
  })

  test('those that the upstream takes for the same path are judged as it', async () => {
    for (const target of [
      '/admin',
      '/admin/',
      '/admin/x',
      '/admin?x',
      '/%61dmin',
      '/a%64min/%78',
    ]) {
      expect(await ask(target), target).toBe(401)
      expect(await ask(target, bob), target).toBe(403)
      expect(await ask(target, alice), target).toBe(200)
      expect(world.upstream.requests.at(-1)!.url).toBe(target)
    }
  })
})

test('no spelling that a route allows leads into a more protected one below it', async () => {
  const targets = ['admin', 'admin/x', '%61dmin', 'a;b/../admin', 'x%2f..%2fadmin', '.;/admin']
  const spellings = [
    ';',
    ';x',
    ';x/y',
    '%3bx',
    '%253bx',
    '%2f',
    '%2fx',
    '%252fx',
    '%3fx',
    '%23x',
    '',
  ]
  const prefixes = [
    '/lenient/',
    '/lenient;x/',
    '/lenient%2f',
    '/lenient%252f',
    '/lenient/%2f',
    '/lenient%3b/',
  ]
  const doubly = ['%2561dmin', '%25%36%31dmin/x', 'adm%2569n'].map((each) => `/lenient/${each}`)
  const all = prefixes.flatMap((prefix) =>
    targets.flatMap((target) => spellings.map((spelling) => prefix + target + spelling)),
  )
  for (const target of [...all, ...doubly]) await ask(target, bob)
  const reached = world.upstream.requests.map(({ url }) => url)
  expect(reached.filter((url) => isBelow(toLenientPath(url), '/lenient/admin'))).toEqual([])
  expect(await ask('/lenient/a;b%2fc', bob)).toBe(200)
  expect(await ask('/lenient/admin/x', alice)).toBe(200)
})

describe('case matters', () => {
  test('/ADMIN is another path, and no public one', async () => {
    for (const target of ['/ADMIN', '/Admin/x', '/PUBLIC/x', '/%41DMIN']) {
      expect(await ask(target), target).toBe(401)
      expect(await ask(target, bob), target).toBe(200)
      const { url, rawHeaders } = world.upstream.requests.at(-1)!
      expect(url).toBe(target)
      expect(fieldValues(rawHeaders, 'x-forwarded-groups')).toEqual(['staff'])
    }
  })
})

describe('the gateway’s own endpoints', () => {
  test.each([
    ['/%2epostern/session', 401],
    ['/.poster%6e/session', 401],
    ['/.postern%2fsession', 400],
    ['/.postern%2flogin', 400],
    ['/.postern//session', 400],
    ['/.postern/./session', 400],
    ['/.postern;x/session', 400],
    ['/.postern/session;x', 400],
    ['/.postern/session/', 404],
    ['/.postern/Session', 404],
    ['/.postern', 404],
    ['/.postern/', 404],
  ])('%s never reaches an upstream', async (target, status) => {
    expect(await ask(target)).toBe(status)
    expect(world.upstream.requests).toEqual([])
  })
})

describe('no field changes the path, the method or the host that is judged', () => {
  test.each([
    'X-Original-URL: /admin/x',
    'X-Rewrite-URL: /admin/x',
    'X-Original-URI: /admin/x',
    'X-Forwarded-Uri: /admin/x',
    'X-Forwarded-Prefix: /admin',
    'X-Envoy-Original-Path: /admin/x',
    'X-Accel-Redirect: /admin/x',
    'X-HTTP-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
    'X-Method-Override: DELETE',
    'X-Forwarded-Method: DELETE',
  ])('%s', async (line) => {
    expect(await ask('/public/x', undefined, [line])).toBe(200)
    expect(await ask('/admin/x', bob, [line.replace('/admin', '/public')])).toBe(403)
    expect(await ask('/delete/x', bob, [line])).toBe(200)
    for (const { method, rawHeaders } of world.upstream.requests) {
      expect(method).toBe('GET')
      if (!line.startsWith('X-Accel')) expect(rawHeaders.join('\n')).not.toMatch(/DELETE|\/admin/)
    }
    expect(world.upstream.requests.map(({ url }) => url)).toEqual(['/public/x', '/delete/x'])
  })

  test('the absolute form of another path of ours is judged as that path', async () => {
    const own = `http://localhost:${world.port}`
    expect(await ask(`${own}/admin/x`)).toBe(401)
    expect(await ask(`${own}/admin/x`, bob)).toBe(403)
    expect(await ask(`${own}/public/../admin/x`)).toBe(400)
    expect(await ask(`${own}\\admin`)).toBe(400)
    expect(await ask(`http://localhost:${world.port}@evil.example/public/x`)).toBe(400)
    expect(world.upstream.requests).toEqual([])
  })
})

describe('a Host that is anything but a host and a port is refused', () => {
  test.each([
    'a@b',
    'a:b@c',
    'localhost:80/path',
    'localhost/path',
    'localhost?x',
    'localhost#x',
    'localhost\\x',
    'localhost:',
    'localhost:port',
    'localhost:0',
    'localhost:65536',
    'localhost:80:80',
    'local host',
    'localhost,evil.example',
    'localhost;x',
    '%6cocalhost',
    '[::1',
    '::1',
    '[::1]x',
    '[::1%25eth0]',
    '127.1',
    '0x7f.0.0.1',
    '..',
    'a..b',
    '.localhost',
    "localhost'",
    'localhost"',
    '<script>',
    '\xe4.example',
    '',
  ])('Host: %s', async (host) => {
    expect(await ask('/public/x', undefined, [`Host: ${host}`])).toBe(400)
    expect(world.upstream.requests).toEqual([])
  })

  test('two of them are refused, equal ones too', async () => {
    const own = `Host: localhost:${world.port}`
    expect(await ask('/public/x', undefined, [own, 'Host: evil.example'])).toBe(400)
    expect(await ask('/public/x', undefined, [own, own])).toBe(400)
    expect(world.upstream.requests).toEqual([])
  })

  test('X-Forwarded-Host and another Host lead no sign-in elsewhere', async () => {
    const client = world.browser()
    const answer = await client.request(`${world.publicUrl}/members/x`, {
      fields: ['Accept', 'text/html', 'Host', 'evil.example', 'X-Forwarded-Host', 'evil.example'],
    })
    expect(answer.status).toBe(302)
    const { origin } = new URL(answer.headers.location!)
    expect([world.publicUrl, world.issuer.issuer]).toContain(origin)
    expect(answer.rawHeaders.join('\n')).not.toContain('evil.example')
  })
})
