import { describe, expect, test } from 'vitest'
import type { Truth } from '../../../src/authorization/rule.ts'
import type { Principal } from '../../../src/request.ts'
import type { Claims, Session } from '../../../src/sessions/session.ts'
import { aPrincipal, judge, refusalOf, type RuleInput } from './principals.ts'

const staff = { groups: ['staff'] }
const admin = { roles: ['admin'] }

describe('rules made of rules', () => {
  test.each<[RuleInput, Claims, Truth]>([
    [{ allOf: [staff, admin] }, { groups: ['staff'], roles: ['admin'] }, 'holds'],
    [{ allOf: [staff, admin] }, { groups: ['staff'], roles: [] }, 'fails'],
    [{ allOf: [staff, admin] }, { groups: ['staff'] }, 'unknown'],
    [{ anyOf: [staff, admin] }, { roles: ['admin'] }, 'holds'],
    [{ anyOf: [staff, admin] }, { groups: [], roles: [] }, 'fails'],
    [{ anyOf: [staff, admin] }, { groups: [] }, 'unknown'],
    [{ not: staff }, { groups: ['staff'] }, 'fails'],
    [{ not: staff }, { groups: ['guests'] }, 'holds'],
    [{ not: { not: staff } }, { groups: ['staff'] }, 'holds'],
    [{ not: { anyOf: [staff, admin] } }, { groups: [], roles: [] }, 'holds'],
    [{ not: { allOf: [staff, admin] } }, { groups: [], roles: ['admin'] }, 'holds'],
    [{ ...admin, anyOf: [staff], not: { groups: ['x'] } }, { groups: ['staff'] }, 'unknown'],
    [{ anyOf: [{ allOf: [{ anyOf: [{ not: staff }] }] }] }, { groups: [] }, 'holds'],
  ])('%j of somebody with %j: %s', (rule, claims, truth) => {
    expect(judge(rule, { claims })).toBe(truth)
    expect(refusalOf(rule, { claims })?.code).toBe(truth === 'holds' ? undefined : 'access_denied')
  })
})

describe('a `not` never opens a route to somebody of whom too little is known', () => {
  test.each<[string, Claims]>([
    ['without the claim', {}],
    ['with null', { groups: null }],
    ['with an object', { groups: { contractors: true } }],
    ['with a list of objects', { groups: [{ name: 'contractors' }] }],
    ['with a list written as text', { groups: 'staff, contractors' }],
    ['with a list written as text inside a list', { groups: ['staff;contractors'] }],
    ['with a number', { groups: 1 }],
  ])('%s', (_, claims) => {
    expect(judge({ not: { groups: ['contractors'] } }, { claims })).toBe('unknown')
    expect(refusalOf({ not: { groups: ['contractors'] } }, { claims })?.code).toBe('access_denied')
  })

  test('and does where it is certain that it does not hold', () => {
    for (const groups of [[], ['staff'], 'staff', 'subcontractors']) {
      expect(judge({ not: { groups: ['contractors'] } }, { claims: { groups } })).toBe('holds')
    }
  })

  test('missingClaims says that being without is as good', () => {
    const rule = { anyOf: [{ not: { groups: ['x'] } }, { missingClaims: ['groups'] }] }
    expect(judge(rule, { claims: {} })).toBe('holds')
    expect(judge(rule, { claims: { groups: [] } })).toBe('holds')
    expect(judge(rule, { claims: { groups: ['x'] } })).toBe('fails')
    expect(judge(rule, { claims: { groups: { x: true } } })).toBe('unknown')
  })
})

describe('who calls', () => {
  const session: Session = {
    id: 's',
    providerId: 'plain',
    issuer: 'https://issuer.example',
    subject: 'alice',
    claims: {},
    tokens: { idToken: 'x', scopes: [] },
    createdAt: 0,
    endsAt: 1,
  }
  test.each<[RuleInput, Partial<Principal>, Truth]>([
    [{ principal: 'person' }, { kind: 'person' }, 'holds'],
    [{ principal: 'person' }, { kind: 'client' }, 'fails'],
    [{ principal: 'client' }, { kind: 'client' }, 'holds'],
    [{ principal: 'client' }, { kind: 'person' }, 'fails'],
    [{ clientIds: ['a', 'b'] }, { claims: { client_id: 'b' } }, 'holds'],
    [{ clientIds: ['a', 'b'] }, { claims: { client_id: 'c' } }, 'fails'],
    [{ clientIds: ['a'] }, {}, 'unknown'],
    [{ not: { clientIds: ['a'] } }, {}, 'unknown'],
    [{ clientIds: ['a'] }, { claims: { client_id: 'a' }, session }, 'unknown'],
    [{ audience: ['x'] }, { audiences: ['x', 'y'] }, 'holds'],
    [{ audience: ['x', 'y'] }, { audiences: ['x'] }, 'fails'],
    [{ audience: { anyOf: ['x', 'y'] } }, { audiences: ['x'] }, 'holds'],
    [{ audience: ['x'] }, {}, 'unknown'],
    [{ audience: ['x'] }, { claims: { aud: 'x' } }, 'unknown'],
    [{ not: { audience: ['x'] } }, {}, 'unknown'],
  ])('%j, %j: %s', (rule, principal, truth) => {
    expect(judge(rule, principal)).toBe(truth)
  })
})

describe('scopes', () => {
  test('are compared letter by letter, `*` included, unless the provider has wildcards', () => {
    const rule = { scopes: ['book:*:read'] }
    const scopes = ['book:42:read']
    expect(judge(rule, { scopes })).toBe('fails')
    expect(judge(rule, { scopes: ['book:*:read'] })).toBe('holds')
    expect(judge({ scopes: ['book:42:read'] }, { scopes: ['*', 'book:*'] })).toBe('fails')
    expect(judge(rule, { scopes, providerId: 'genauth' })).toBe('holds')
    expect(judge({ scopes }, { scopes: ['book:*'], providerId: 'genauth' })).toBe('holds')
    expect(judge({ scopes }, { scopes: ['book:*'], providerId: 'unknown' })).toBe('fails')
  })

  test.each<[string, RuleInput, Partial<Principal>, readonly string[] | undefined]>([
    ['a scope alone lacks', { scopes: ['a', 'b'] }, { scopes: ['a'] }, ['a', 'b']],
    ['a group lacks as well', { scopes: ['a'], ...staff }, {}, undefined],
    [
      'of alternatives, the first that a scope opens',
      { anyOf: [{ ...staff, scopes: ['x'] }, { scopes: ['a'] }, { scopes: ['b'] }] },
      {},
      ['a'],
    ],
    ['no more than once', { scopes: ['a'], allOf: [{ scopes: ['a', 'b'] }] }, {}, ['a', 'b']],
    [
      'only those of what lacks',
      { scopes: ['a'], allOf: [{ scopes: ['b'] }] },
      { scopes: ['a'] },
      ['b'],
    ],
    ['a scope is one too many', { not: { scopes: ['a'] } }, { scopes: ['a'] }, undefined],
    ['one lacks, and none is too many', { scopes: ['a'], not: { scopes: ['b'] } }, {}, ['a']],
    [
      'one lacks, and another is too many',
      { scopes: ['a'], not: { scopes: ['b'] } },
      { scopes: ['b'] },
      undefined,
    ],
    ['in a not of a not', { not: { not: { scopes: ['a'] } } }, {}, []],
  ])('insufficient_scope names what to ask for: %s', (_, rule, principal, scopes) => {
    const refusal = refusalOf(rule, principal)
    expect(refusal?.code).toBe(scopes === undefined ? 'access_denied' : 'insufficient_scope')
    expect(refusal?.options.scopes).toEqual(scopes)
  })
})

test("the reason names the rule that fails, wherever it stands, and none of the person's values", () => {
  const claims = { groups: ['secret'], level: 'secret', client_id: 'secret' }
  const detailOf = (rule: RuleInput): string | undefined => refusalOf(rule, { claims })?.detail
  expect(detailOf({ allOf: [{ groups: ['secret'] }, { allOf: [staff] }] })).toBe(
    'require.allOf[1].allOf[0].groups: claim groups fails allOf',
  )
  expect(detailOf({ anyOf: [staff, admin] })).toBe('require.anyOf: none of its 2 rules holds')
  expect(detailOf({ not: { groups: ['secret'] } })).toBe('require.not: what it excludes holds')
  expect(detailOf({ not: admin })).toBe('require.not: it cannot be told')
  expect(detailOf({ principal: 'client' })).toBe('require.principal: a person calls')
  expect(detailOf({ clientIds: ['a'] })).toBe('require.clientIds: another client, or none is named')
  expect(detailOf({ audience: ['a'] })).toBe('require.audience: no access token')
  expect(detailOf({ missingClaims: ['level'] })).toBe('require.missingClaims: claim level is there')
  expect(detailOf({ scopes: ['a'], ...staff })).toBe('require.groups: claim groups fails allOf')
})

test('a principal without anything satisfies no condition', () => {
  const rules = [
    staff,
    admin,
    { scopes: ['a'] },
    { audience: ['a'] },
    { clientIds: ['a'] },
    { claims: { a: ['b'] } },
  ]
  for (const rule of rules) {
    expect(judge(rule)).not.toBe('holds')
    expect(refusalOf(rule, aPrincipal({ kind: 'client' }))).toBeDefined()
  }
})
