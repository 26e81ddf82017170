// Two people whose claims differ, and an upstream that must not take one for the other.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fieldValues } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'

const headers = {
  'X-Account': { template: 'CORP\\{preferred_username}', case: 'upper' },
  'X-Login': { claim: 'preferred_username', case: 'lower' },
  'X-Number': { claim: 'name', default: 'nobody' },
  'X-Numbers': 'groups',
} as const

let world: World
beforeAll(async () => {
  world = await startWorld({
    issuer: { claimsInIdToken: false },
    sessions: { store: 'memory' },
    config: {
      identity: { preset: 'none', headers },
      upstreams: {
        basic: {
          url: 'http://127.0.0.1:9',
          credentials: {
            type: 'basic',
            userClaim: 'preferred_username',
            password: 'a-fixed-password',
          },
        },
        numbered: {
          url: 'http://127.0.0.1:9',
          credentials: { type: 'basic', userClaim: 'name', password: 'a-fixed-password' },
        },
      },
    },
    routes: [
      { match: { path: '/basic' }, upstream: 'basic' },
      { match: { path: '/numbered' }, upstream: 'numbered' },
      { match: { path: '/**' }, upstream: 'app' },
    ],
  })
})
afterAll(() => world.stop())
beforeEach(() => void world.upstream.requests.splice(0))

/** Alice signs in with these claims at a path; what the application was told. */
async function signInWith(claims: Readonly<Record<string, unknown>>, path = '/x') {
  const account = world.issuer.accounts.get('alice')!
  const before = account.claims
  account.claims = { ...before, ...claims }
  const { page } = await world.signIn('alice', path)
  account.claims = before
  const { rawHeaders = [] } = world.upstream.requests.at(-1) ?? {}
  return { page, valuesOf: (name: string) => fieldValues(rawHeaders, name) }
}

test.each([
  ['adm\u0131n', 'ADMIN', 'admin'],
  ['\u212ailroy', 'KILROY', 'kilroy'],
  ['boß', 'BOSS', 'boss'],
])('in other letters %j is neither %s nor %s', async (name, upper, lower) => {
  const { valuesOf } = await signInWith({ preferred_username: name })
  expect(valuesOf('X-Account')).not.toEqual([`CORP\\${upper}`])
  expect(valuesOf('X-Login')).not.toEqual([lower])
  expect(valuesOf('X-Account')).toHaveLength(1)
})

test('a user name that has no UTF-8 is refused, not turned into another one', async () => {
  const { page } = await signInWith({ preferred_username: 'ada\ud800' }, '/basic')
  expect(page.status).toBe(403)
  expect(page.text).toContain('upstream_user_unknown')
})

test('a number that has lost digits on its way says nothing', async () => {
  const name = 2 ** 53
  const { valuesOf } = await signInWith({ name, groups: [7, name, -name] })
  expect(valuesOf('X-Number')).toEqual(['nobody'])
  expect(valuesOf('X-Numbers')).toEqual(['7'])
  const { page } = await signInWith({ name }, '/numbered')
  expect(page.text).toContain('upstream_user_unknown')
  const exact = await signInWith({ name: name - 1, groups: 1.5 })
  expect(exact.valuesOf('X-Number')).toEqual(['9007199254740991'])
  expect(exact.valuesOf('X-Numbers')).toEqual(['1.5'])
})
