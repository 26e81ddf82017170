import { expect, test } from 'vitest'
import { findNearest } from '../../../src/config/nearest.ts'

const settings = ['clientId', 'clientSecret', 'issuer', 'scopes', 'store']

test.each([
  ['client_id', 'clientId'],
  ['CLIENT-SECRET', 'clientSecret'],
  ['isuer', 'issuer'],
  ['scope', 'scopes'],
  ['stroe', undefined],
  ['banana', undefined],
  ['', undefined],
])('"%s" is taken for %s', (word, meant) => {
  expect(findNearest(word, settings)).toBe(meant)
})

test('a word of a megabyte is answered at once', () => {
  const before = performance.now()
  findNearest('x'.repeat(1_000_000), settings)
  expect(performance.now() - before).toBeLessThan(1000)
})
