import { expect, test } from 'vitest'
import {
  findFieldValues,
  foldFieldName,
  isHopByHop,
  isMessageField,
  isToken,
  parseConnectionOptions,
} from '../../../src/http/fields.ts'

test.each([
  ['X-Forwarded-User', 'x-forwarded-user'],
  ['x_forwarded_user', 'x-forwarded-user'],
  ['X.Forwarded~User', 'x-forwarded-user'],
  ['SM_USER', 'sm-user'],
  ['host', 'host'],
  ["!#$%&'*+.^_`|~-", '---------------'],
])('%s is compared as %s', (name, folded) => {
  expect(foldFieldName(name)).toBe(folded)
})

test('a connection that only says whether it persists nominates nothing', () => {
  for (const value of ['keep-alive', 'Keep-Alive', 'close', '']) {
    expect(parseConnectionOptions(['Connection', value]).size).toBe(0)
  }
  expect(parseConnectionOptions(['Accept', 'Connection']).size).toBe(0)
})

test('nominations are collected over all Connection fields, in lower case', () => {
  const fields = ['Connection', 'X-A , x-b', 'Host', 'a', 'CONNECTION', 'close,X-C,,']
  expect([...parseConnectionOptions(fields)]).toEqual(expect.arrayContaining(['x-a', 'x-b', 'x-c']))
})

test('the fields of one connection are known', () => {
  for (const name of [
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ]) {
    expect(isHopByHop(name)).toBe(true)
    expect(isMessageField(name)).toBe(true)
  }
  expect(isHopByHop('content-type')).toBe(false)
  expect(isMessageField('host')).toBe(true)
  expect(isMessageField('x-forwarded-user')).toBe(false)
})

test('all values of a field are found, whatever the case of its name', () => {
  expect(findFieldValues(['A', '1', 'b', '2', 'a', '3'], 'a')).toEqual(['1', '3'])
})

test('a token has no delimiter and no byte beyond ASCII', () => {
  expect(['a', "!#$%&'*+.^_`|~-09AZaz"].map(isToken)).toEqual([true, true])
  expect(['', 'a b', 'a:b', 'a,b', '"a"', 'é', '\x7f'].map(isToken)).not.toContain(true)
})
