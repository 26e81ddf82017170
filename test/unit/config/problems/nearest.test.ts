import { expect, test } from 'vitest'
import { findNearest } from '../../../../src/config/problems/nearest.ts'

const settings = ['clientId', 'clientSecret', 'issuer', 'scopes', 'store']

test.each([
  ['client_id', 'clientId'],
  ['CLIENT-SECRET', 'clientSecret'],
  ['isuer', 'issuer'],
  ['scope', 'scopes'],
  ['stroe', 'store'],
  ['sotre', 'store'],
  ['setro', undefined],
  ['banana', undefined],
  ['', undefined],
])('"%s" is taken for %s', (word, meant) => {
  expect(findNearest(word, settings)).toBe(meant)
})

test.each([
  ['chekc', 'check'],
  ['sesion', 'session'],
  ['sesison', 'session'],
  ['upstraem', 'upstream'],
  ['uspstream', 'upstream'],
])('two letters that have changed places are one slip: "%s" is taken for %s', (word, meant) => {
  expect(findNearest(word, ['serve', 'check', 'session', 'upstream'])).toBe(meant)
})

test('of two candidates the one with fewer slips is meant, wherever it stands', () => {
  expect(findNearest('scoeps', ['scores', 'scopes'])).toBe('scopes')
  expect(findNearest('scoeps', ['scopes', 'scores'])).toBe('scopes')
})

test('a word of a megabyte is answered at once', () => {
  const before = performance.now()
  findNearest('x'.repeat(1_000_000), settings)
  expect(performance.now() - before).toBeLessThan(5000)
})
