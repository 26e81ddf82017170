import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal, unseal } from '../../../src/crypto/seal.ts'

const key = randomBytes(32)
const content = Buffer.from('what nobody else may read')

test('what was sealed opens with the same key and context', () => {
  expect(unseal(seal(content, key, 'here'), key, 'here')).toEqual(content)
  expect(unseal(seal(Buffer.alloc(0), key, ''), key, '')).toEqual(Buffer.alloc(0))
})

test('another key or another context opens nothing', () => {
  const sealed = seal(content, key, 'here')
  expect(unseal(sealed, randomBytes(32), 'here')).toBeUndefined()
  expect(unseal(sealed, key, 'there')).toBeUndefined()
})

test('a seal altered in any bit, or cut anywhere, does not open', () => {
  const sealed = seal(content, key, 'here')
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Buffer.from(sealed)
    altered[at] = altered[at]! ^ (1 << (at % 8))
    expect(unseal(altered, key, 'here'), `bit of byte ${at}`).toBeUndefined()
    expect(unseal(sealed.subarray(0, at), key, 'here'), `cut at ${at}`).toBeUndefined()
  }
})

test('the same content never looks the same twice', () => {
  expect(seal(content, key, 'here')).not.toEqual(seal(content, key, 'here'))
})
