import { describe, expect, test } from 'vitest'
import { findBearerCredentials } from '../../../../src/authentication/bearer/bearerCredentials.ts'

const find = (...values: string[]) =>
  findBearerCredentials(['Accept', '*/*', ...values.flatMap((value) => ['Authorization', value])])

describe('the token of an Authorization field', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   abc', 'abc'],
    ['Bearer aZ09._~+/-==', 'aZ09._~+/-=='],
  ])('%j', (value, token) => {
    expect(find(value)).toEqual({ token, scheme: 'Bearer' })
  })

  test.each([
    ['Bearer'],
    ['Bearer '],
    ['Bearer a b'],
    ['Bearer a, Bearer b'],
    ['Bearer,abc'],
    ['Bearer\tabc'],
    ['Bearer ='],
    ['Bearer =a'],
    ['Bearer a=b'],
    ['Bearer \u00e9'],
    ['Bearer a', 'Bearer a'],
    ['Basic a', 'Bearer a'],
  ])('%j has a fault', (...values) => {
    expect(find(...values)).toHaveProperty('fault')
  })

  test.each([[], ['Basic abc'], ['BearerX abc'], ['Bear'], [''], ['DPoP Bearer']])(
    '%j is of another kind',
    (...values) => {
      expect(find(...values)).toBeUndefined()
    },
  )
})
