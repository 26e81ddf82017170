// Claims of an issuer that lets people choose what stands in them, written to headers in every way that the
// configuration knows.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldValues } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, hasAnswers, toHead } from './rawRequests.ts'

const headers = {
  'X-Account': { template: 'CORP\\{preferred_username}' },
  'X-Mail': { template: '<{email}> {name}' },
  'X-Raw': { claim: 'name', encoding: 'utf-8' },
  'X-Extended': { claim: 'name', encoding: 'rfc8187' },
  'X-Base64': { claim: 'name', encoding: 'base64url' },
  'X-Roles': { claim: 'groups', separator: ';', quoted: true, prefix: 'ROLE_' },
  'X-Raw-Roles': { claim: 'groups', separator: ';', encoding: 'utf-8' },
  'X-Captured': { claim: 'name', capture: '^(?:[a-z]+)+@(.+)$' },
  Tenant_Id: { template: '{name}', case: 'upper' },
} as const
const names = Object.keys(headers)

let world: World

beforeAll(async () => {
  world = await startWorld({
    // Because an ID Token of this size is refused before, and a userinfo answer is not.
    issuer: { claimsInIdToken: false },
    sessions: { store: 'memory' },
    config: {
      identity: { preset: 'webseal', headers },
      upstreams: {
        basic: {
          url: 'http://127.0.0.1:9',
          credentials: { type: 'basic', userClaim: 'name', password: 'a-fixed-password' },
        },
      },
    },
    routes: [
      { match: { path: '/basic/**' }, identity: { preset: 'none' }, upstream: 'basic' },
      { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
      { match: { path: '/elsewhere/**' }, identity: { preset: 'none' }, upstream: 'app' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
})
afterAll(() => world.stop())
beforeEach(() => {
  world.upstream.requests.length = 0
})

/** Alice signs in with these claims; what the upstream then was told under our names. */
async function toldWith(claims: Readonly<Record<string, unknown>>, path = '/members/x') {
  const account = world.issuer.accounts.get('alice')!
  const before = account.claims
  account.claims = { ...before, ...claims }
  const { client, page } = await world.signIn('alice', path)
  account.claims = before
  const { rawHeaders = [] } = world.upstream.requests.at(-1) ?? {}
  const valueOf = (name: string) => fieldValues(rawHeaders, name).join(' AND ')
  return { client, page, rawHeaders, valueOf }
}

test('a value that looks like a placeholder is text', async () => {
  const { valueOf } = await toldWith({
    preferred_username: '{email}',
    name: '{{sub}} ${email} {',
    groups: ['{email}'],
  })
  expect(valueOf('X-Account')).toBe('CORP\\{email}')
  expect(valueOf('X-Mail')).toBe('<alice@example.com> {{sub}} ${email} {')
  expect(valueOf('X-Roles')).toBe('"ROLE_{email}"')
})

test('line ends and other controls end no field, in any encoding', async () => {
  const name = 'a\r\nX-Injected: yes\0\u0085\u2028\x7f'
  const { valueOf, rawHeaders } = await toldWith({ name, groups: [name], preferred_username: name })
  const escaped = 'a%0D%0AX-Injected: yes%00%C2%85'
  expect(valueOf('X-Account')).toBe(`CORP\\${escaped}%E2%80%A8%7F`)
  expect(valueOf('X-Raw')).toBe(`${escaped}\xe2\x80\xa8%7F`)
  expect(valueOf('X-Extended')).toMatch(/^UTF-8''a%0D%0AX-Injected%3A%20yes%00%C2%85%E2%80%A8%7F$/)
  expect(Buffer.from(valueOf('X-Base64'), 'base64url').toString()).toBe(name)
  expect(valueOf('X-Raw-Roles')).toBe(`${escaped}\xe2\x80\xa8%7F`)
  expect(fieldValues(rawHeaders, 'X-Injected')).toEqual([])
})

test('a group with the separator or a quote in it is one group', async () => {
  const groups = ['staff;admins', 'a";"ROLE_admins', 'b,c', 'd%3Be']
  const { valueOf } = await toldWith({ groups })
  expect(valueOf('X-Roles')).toBe(
    '"ROLE_staff%3Badmins";"ROLE_a%22%3B%22ROLE_admins";"ROLE_b,c";"ROLE_d%253Be"',
  )
  expect(valueOf('X-Raw-Roles')).toBe('staff%3Badmins;a"%3B"ROLE_admins;b,c;d%253Be')
  expect(valueOf('iv-groups')).toBe('"staff;admins","a%22;%22ROLE_admins","b%2Cc","d%253Be"')
})

test('a name outside of ASCII arrives whole, as bytes where that is asked for', async () => {
  const { valueOf } = await toldWith({ name: 'José 王😀' })
  expect(Buffer.from(valueOf('X-Raw'), 'latin1').toString('utf8')).toBe('José 王😀')
  expect(valueOf('Tenant_Id')).toBe('JOS%C3%89 %E7%8E%8B%F0%9F%98%80')
})

test('a claim that keeps other engines busy for years is searched at once', async () => {
  const { page, valueOf } = await toldWith({ name: 'a'.repeat(900) })
  expect(page.status).toBe(200)
  expect(valueOf('X-Captured')).toBe('')
})

describe('a claim of 64 KB is refused by name, and not cut', () => {
  test.each([
    ['a text', { name: 'n'.repeat(65_536) }, 'X-Mail'],
    ['a list', { groups: Array.from({ length: 4096 }, () => 'g'.repeat(16)) }, 'iv-groups'],
  ])('%s', async (_, claims, name) => {
    const { page } = await toldWith(claims)
    expect(page.status).toBe(403)
    expect(page.text).toContain('identity_too_large')
    expect(world.upstream.requests).toEqual([])
    const line = world.logLines.findLast((one) => one['refusal'] === 'identity_too_large')
    expect(line?.['detail']).toMatch(new RegExp(`^${name}: \\d+ `))
    expect(JSON.stringify(line)).not.toContain('n'.repeat(20))
  })
})

test('a user name of 64 KB is refused by name where it would be one of Basic, too', async () => {
  const { page } = await toldWith({ name: 'n'.repeat(65_536) }, '/basic/x')
  expect([page.status, page.text]).toEqual([403, expect.stringContaining('identity_too_large')])
  const line = world.logLines.findLast((one) => one['refusal'] === 'identity_too_large')
  expect(line?.['detail']).toMatch(/^basic: name: \d+ /)
  expect(JSON.stringify(line)).not.toContain('n'.repeat(20))
})

test('no spelling of a configured header reaches the upstream, on routes that do not write it either', async () => {
  const { client } = await toldWith({})
  const forged = names.flatMap((name) =>
    [name, name.replaceAll(/[-_]/g, '_'), name.replaceAll(/[-_]/g, '.').toLowerCase()].flatMap(
      (spelling) => [spelling, 'mallory'],
    ),
  )
  for (const path of ['/public/x', '/elsewhere/x', '/members/x']) {
    const answer = await client.request(world.publicUrl + path, { fields: forged })
    expect(answer.status).toBe(200)
    expect(world.upstream.requests.at(-1)!.rawHeaders).not.toContain('mallory')
  }
  const lines = [
    ...handshakeLines,
    ...forged.flatMap((name, at) => (at % 2 === 0 ? [`${name}: mallory`] : [])),
    `Cookie: ${client.cookies.fieldFor(world.publicUrl)}`,
    `Origin: ${world.publicUrl}`,
  ]
  const head = toHead({ host: `localhost:${world.port}`, target: '/members/x', lines })
  const { statuses } = await exchangeRaw(world.port, head, { until: hasAnswers(1) })
  expect(statuses).toEqual([101])
  const { isUpgrade, rawHeaders } = world.upstream.requests.at(-1)!
  expect([isUpgrade, rawHeaders.includes('mallory')]).toEqual([true, false])
  expect(fieldValues(rawHeaders, 'X-Account')).toEqual(['CORP\\alice'])
})
