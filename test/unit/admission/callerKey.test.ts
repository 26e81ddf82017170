import { expect, test } from 'vitest'
import { toCallerKey, toNetwork } from '../../../src/admission/callerKey.ts'
import type { Principal } from '../../../src/request.ts'

const client: Principal = {
  kind: 'client',
  providerId: 'acme',
  issuer: 'https://acme.example',
  subject: 'service',
  claims: { client_id: 'service' },
  scopes: [],
}
const person: Principal = { ...client, kind: 'person', subject: 'alice' }
const tokens = { idToken: '', accessToken: '', scopes: [] }
const session = {
  id: 's',
  providerId: 'acme',
  issuer: 'https://acme.example',
  subject: 'alice',
  claims: {},
  tokens,
  createdAt: 0,
  endsAt: 1,
}

test('by client, people count for the client that calls for them, and a session for itself', () => {
  expect(toCallerKey('client', person, '::')).toBe(toCallerKey('client', client, '::'))
  const signedIn = { ...person, session }
  expect(toCallerKey('client', signedIn, '::')).toBe(toCallerKey('subject', person, '::'))
})

test('by subject, each person and each client counts alone', () => {
  expect(toCallerKey('subject', person, '::')).not.toBe(toCallerKey('subject', client, '::'))
})

test('one name at two issuers is two callers, however the names are put together', () => {
  const one = { ...client, issuer: 'https://a', claims: { client_id: 'b:c' } }
  const other = { ...client, issuer: 'https://a:b', claims: { client_id: 'c' } }
  expect(toCallerKey('client', one, '::')).not.toBe(toCallerKey('client', other, '::'))
})

test('a client is never taken for a subject of the same name, nor either for an address', () => {
  const keys = [
    toCallerKey('client', client, '::'),
    toCallerKey('subject', client, '::'),
    toCallerKey('address', client, 'service'),
  ]
  expect(new Set(keys).size).toBe(3)
})

test('nobody is counted by address, whatever the quota counts by', () => {
  const byAddress = toCallerKey('address', undefined, '192.0.2.1')
  expect(toCallerKey('client', undefined, '192.0.2.1')).toBe(byAddress)
  expect(toCallerKey('subject', undefined, '192.0.2.1')).toBe(byAddress)
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8:0:7::1', '2001:db8:0:7'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['2001:db8::2:3:4:5:6', '2001:db8:0:2'],
  ['1::', '1:0:0:0'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
])('%s counts with %s', (address, network) => {
  expect(toNetwork(address)).toBe(network)
})
