import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCapture } from '../../../src/config/capture/parseCapture.ts'
import { findCapture } from '../../../src/identity/capture.ts'

function capture(source: string, text: string): string | undefined {
  const parsed = parseCapture(source)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return findCapture(parsed.program, text)
}

test.each([
  ['^([^@]+)@', 'ada@example.org', 'ada'],
  ['@(.+)$', 'ada@example.org', 'example.org'],
  ['^CN=([^,]+)', 'CN=Ada Lovelace,OU=People', 'Ada Lovelace'],
  ['(?:^|,)uid=([a-z0-9]{1,8})(?:,|$)', 'cn=x,uid=ada1,o=y', 'ada1'],
  ['(a+?)', 'aaa', 'a'],
  ['(a|ab)(?:c|bcd)', 'abcd', 'a'],
  ['^(\\w+)\\\\', 'CORP\\ada', 'CORP'],
  ['([\\]x]+)', 'a]x]', ']x]'],
  ['(.)$', '王😀', '😀'],
  ['^(\\d{2,})$', '1', undefined],
  ['(a)|b', 'b', undefined],
  ['x()', 'x', ''],
])('%s finds in %j: %j', (source, text, expected) => {
  expect(capture(source, text)).toBe(expected)
})

describe('a pattern is refused', () => {
  test.each([
    ['a back reference', '(a)\\1'],
    ['a name for the group', '(?<a>a)'],
    ['looking ahead', '(a)(?=b)'],
    ['looking behind', '(?<!b)(a)'],
    ['a boundary', '\\b(a)'],
    ['a property', '(\\p{L})'],
    ['a boundary in a class', '([\\b])'],
    ['no group', '^a+$'],
    ['two groups', '(a)(b)'],
    ['a group that is repeated', '(a)*'],
    ['a group inside of what is repeated', '(?:a(b))+'],
    ['a repetition of what may be empty', '(?:a*)*(b)'],
    ['a syntax fault', '(a'],
    ['a lone brace', '(a{)'],
    ['more repetitions than make sense', '(a{1000})'],
    ['many repetitions of repetitions', '((?:(?:a{50}){50}){50})'],
    ['a long one', `(${'a'.repeat(200)})`],
    ['modifiers', '(?i:a)(b)'],
  ])('%s', (_, source) => {
    expect(parseCapture(source)).toEqual({ problem: expect.stringMatching(/^expected /) })
  })
})

test('a pattern that keeps other engines busy for years is done with its text at once', () => {
  expect(capture('^(?:a+)+(b)$', 'a'.repeat(8192))).toBeUndefined()
  expect(capture('(?:a|a|aa)+(?:a|aa)+(c)', 'a'.repeat(8192))).toBeUndefined()
})

/** Patterns of everything that is supported, with one group. */
const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '(?:a|b)',
  '(?:ab|a|)',
  '1',
)
const suffix = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{1,}?')
const run = fc
  .array(fc.tuple(atom, suffix), { maxLength: 3 })
  .map((parts) => parts.map(([one, times]) => one + times).join(''))
const side = fc.oneof(
  run,
  fc.tuple(run, run).map((both) => `(?:${both.join('|')})`),
)
const pattern = fc
  .tuple(fc.constantFrom('', '^'), side, side, side, fc.constantFrom('', '$'))
  .map(([start, before, inner, after, end]) => `${start}${before}(${inner})${after}${end}`)
const subject = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'c'), maxLength: 12 })

test("finds what JavaScript's own engine finds", () => {
  let compared = 0
  fc.assert(
    fc.property(pattern, subject, (source, text) => {
      const parsed = parseCapture(source)
      if ('problem' in parsed) return
      compared += 1
      const expected = new RegExp(source, 'u').exec(text)?.[1]
      expect(findCapture(parsed.program, text)).toBe(expected)
    }),
    { numRuns: 3000 },
  )
  expect(compared).toBeGreaterThan(500)
})
