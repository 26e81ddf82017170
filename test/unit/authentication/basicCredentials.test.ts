import { describe, expect, test } from 'vitest'
import { findBasicCredentials } from '../../../src/authentication/basicCredentials.ts'

const encode = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')

function read(...values: readonly string[]) {
  const found = findBasicCredentials(values.flatMap((value) => ['Authorization', value]))
  if (found === undefined || 'fault' in found) return found
  return [found.userId, found.password.reveal()]
}

describe('credentials arrive whole', () => {
  test.each([
    ['plain ones', 'machine', 'secret'],
    ['a colon in the secret', 'machine', ':a:b:'],
    ['letters beyond ASCII', 'Schlüssel', 'пароль 密码 😀'],
    ['a mark at the start that an editor may leave', '\ufeffmachine', 'secret'],
    ['what looks like an encoding', 'a%3Ab', 'a+b%20c'],
    ['spaces', ' a ', ' '],
  ])('%s', (_name, userId, password) => {
    expect(read(`Basic ${encode(`${userId}:${password}`)}`)).toEqual([userId, password])
  })

  test('whatever the case of the scheme, the number of spaces and the padding', () => {
    for (const value of ['bASIC bTpz', 'Basic   bTpz']) expect(read(value)).toEqual(['m', 's'])
    expect(read('Basic bTpzcw')).toEqual(['m', 'ss'])
    expect(read('Basic bTpzcw==')).toEqual(['m', 'ss'])
  })
})

test.each([
  [[]],
  [['Bearer bTpz']],
  [['BasicX bTpz']],
  [['Bas']],
  [['']],
  [['Digest username="a"']],
])('no Basic credentials: %j', (values) => {
  expect(read(...values)).toBeUndefined()
})

describe('what can be read in two ways, or not at all, is a fault', () => {
  test.each([
    ['nothing', ['Basic']],
    ['spaces alone', ['Basic   ']],
    ['no space', ['Basic=bTpz']],
    ['a tab for a space', ['Basic\tbTpz']],
    ['two fields', ['Basic bTpz', 'Basic bTpz']],
    ['one field of each scheme', ['Basic bTpz', 'Bearer x']],
    ['two in one field', ['Basic bTpz, Basic bTpz']],
    ['no base64', ['Basic m:s']],
    [
      'base64url',
      [`Basic ${encode('m:\u00ff\u00fe~~~').replaceAll('/', '_').replaceAll('+', '-')}x_-`],
    ],
    ['bits beyond the last byte', ['Basic bTpzcx==']],
    ['padding in the middle', ['Basic bTo=cw==']],
    ['padding all over', [`Basic ${'='.repeat(8000)}x`]],
    ['no colon', [`Basic ${encode('machine')}`]],
    ['an empty id', [`Basic ${encode(':secret')}`]],
    ['an empty secret', [`Basic ${encode('machine:')}`]],
    ['a NUL', [`Basic ${encode('machine:a\u0000b')}`]],
    ['a line break in the id', [`Basic ${encode('mach\r\nine:secret')}`]],
    ['a C1 control character', [`Basic ${encode('machine:a\u0085b')}`]],
    ['latin1', [`Basic ${encode(Buffer.from('machine:schl\u00fcssel', 'latin1'))}`]],
    ['half a character', [`Basic ${encode(Buffer.from([0x61, 0x3a, 0xc3]))}`]],
    ['half a surrogate pair', [`Basic ${encode(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0x80]))}`]],
    ['a megabyte', [`Basic ${encode(`machine:${'x'.repeat(1024 * 1024)}`)}`]],
  ])('%s', (_name, values) => {
    expect(read(...values)).toEqual({ fault: expect.any(String) })
  })
})

test('neither a log nor JSON can print the secret', () => {
  const found = findBasicCredentials([
    'Authorization',
    `Basic ${encode('machine:hunter22hunter22')}`,
  ])
  expect(JSON.stringify(found)).not.toContain('hunter22')
})
