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

  const million = 1_000_000
  test.each([
    ['letters', `Bearer ${'a'.repeat(million)}`],
    ['dots', `Bearer ${'.'.repeat(million)}`],
    ['signs of equality', `Bearer ${'='.repeat(million)}`],
    ['letters and signs in turn', `Bearer ${'a='.repeat(million / 2)}`],
    ['a letter and signs of equality', `Bearer a${'='.repeat(million)}`],
    ['spaces', `Bearer${' '.repeat(million)}a`],
  ])('of a million %s costs less than five milliseconds of the processor', (_name, value) => {
    const before = process.cpuUsage()
    for (let each = 0; each < 10; each += 1) find(value)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 10 / 1000).toBeLessThan(5)
  })
})
