import { expect, test } from 'vitest'
import { findClaim } from '../../../src/sessions/claims.ts'
import type { Claims } from '../../../src/sessions/session.ts'

// Because only JSON can give an object an own property `__proto__`, as an issuer's answer would.
const claims: Claims = JSON.parse(`{
  "groups": ["staff"],
  "realm_access": { "roles": ["admin"], "a": { "b": 1 } },
  "https://app.example/roles": ["auditor"],
  "x.y": "literal",
  "x": { "y": "stepped" },
  "nothing": null,
  "__proto__": { "isAdmin": true }
}`)

test.each([
  ['groups', ['staff']],
  ['realm_access.roles', ['admin']],
  ['realm_access.a.b', 1],
  ['https://app.example/roles', ['auditor']],
  ['x.y', 'literal'],
  ['nothing', null],
  ['__proto__.isAdmin', true],
])('the name %s finds what the issuer sent', (name, value) => {
  expect(findClaim(claims, name)).toEqual(value)
})

test.each([
  '',
  '.',
  'groups.0',
  'groups.length',
  'realm_access.missing',
  'realm_access.roles.0',
  'x.y.z',
  'nothing.x',
  'constructor',
  'constructor.name',
  'toString',
  'realm_access.constructor',
  'isAdmin',
])('the name %j finds nothing', (name) => {
  expect(findClaim(claims, name)).toBeUndefined()
})

test('an object without a property of that name has no __proto__ claim', () => {
  expect(findClaim({}, '__proto__')).toBeUndefined()
  expect(findClaim({ a: {} }, 'a.__proto__')).toBeUndefined()
})
