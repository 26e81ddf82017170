import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldAccountName, foldAddress } from '../../../src/throttling/accountName.ts'

test.each([
  ['capitals', 'ALICE'],
  ['outer space', '  alice\t'],
  ['wide letters', 'ａｌｉｃｅ'],
  ['mathematical letters', '𝒶𝓁𝒾𝒸𝑒'],
  ['an accent, composed', 'alicé'],
  ['an accent, as a character of its own', 'alice\u0301'],
  ['a soft hyphen', 'ali\u00adce'],
  ['a zero-width space', 'al\u200bice'],
  ['a variation selector', 'alice\ufe0f'],
  ['a ring of the marks for symbols', 'alice\u20dd'],
  ['an accent from the supplement', 'alice\u1dc4'],
  ['a direction mark', '\u202ealice'],
  ['a filler that looks like nothing', 'alice\u3164'],
  ['NUL', 'alice\0'],
  ['a space that does not break', '\u00a0alice'],
  ['an accent of another script', 'ali\u0591ce'],
  ['a vowel of another script', 'alice\u0941'],
  ['a stroke through a letter', 'ałice'],
  ['letters in squares', '🅰🅻🅸🅲🅴'],
])('a name with %s has the counter of the plain one', (_, spelling) => {
  expect(foldAccountName(spelling)).toBe('alice')
})

test.each([
  ['straße', 'STRASSE'],
  ['ſmith', 'Smith'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
  ['ﬁeld', 'FIELD'],
  ['straße', 'STRAẞE'],
  ['kelvin', '\u212aelvin'],
  ['idris', 'İDRIS'],
  ['αι', 'ᾳ'],
  ['ΑΣ Β', 'ασβ'],
  ['BJØRN', 'bjorn'],
  ['Encyclopædia', 'encyclopaedia'],
  ['agent 47', 'agent٤７'],
  ['user1', 'user❶'],
  ['محمد', 'مُحَمَّد'],
])('%s and %s are one', (one, other) => {
  expect(foldAccountName(one)).toBe(foldAccountName(other))
})

test.each([
  ['alice', 'bob'],
  ['alice@example.com', 'alice@example.org'],
  ['张三', '张四'],
])('%s and %s are two', (one, other) => {
  expect(foldAccountName(one)).not.toBe(foldAccountName(other))
})

test('no case and no normal form of any letter makes another name', () => {
  const others: string[] = []
  for (let code = 0; code <= 0x10ffff; code += 1) {
    // Because a form in UTF-8 has no half of a pair.
    if (code >= 0xd800 && code <= 0xdfff) continue
    const name = `a${String.fromCodePoint(code)}b`
    const spellings = spellingsOf(name)
    if (spellings.length > 0 && new Set([name, ...spellings].map(foldAccountName)).size > 1) {
      others.push(name)
    }
  }
  expect(others).toEqual([])
}, 60_000)

function spellingsOf(name: string): string[] {
  const cases = [name.toLowerCase(), name.toUpperCase(), name.toUpperCase().toLowerCase()]
  const forms = (['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => name.normalize(form))
  // Because most letters have no other spelling.
  return [...cases, ...forms].filter((spelling) => spelling !== name)
}

test('a name that is one long heap of accents is folded in no time, and cuts nobody else short', () => {
  const startedAt = performance.now()
  expect(foldAccountName(`alice${'\u0315\u0300'.repeat(200_000)}`)).toBe('alice')
  // Because sorting them would take most of a minute.
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  const long = 'a'.repeat(900)
  expect(foldAccountName(`${' '.repeat(5000)}${long}b`)).toBe(`${long}b`)
})

test('a name that was folded stays as it is, whatever it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(foldAccountName(foldAccountName(name))).toBe(foldAccountName(name))
    }),
  )
})

describe('addresses', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(foldAddress(address)).toBe(network)
  })
})
