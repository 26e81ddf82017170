import { expect, test } from 'vitest'
import { createKeyRing } from '../../../src/crypto/keyRing.ts'
import { Secret } from '../../../src/crypto/secret.ts'

const older = new Secret('older-key-0123456789abcdef0123456789')
const newer = new Secret('newer-key-0123456789abcdef0123456789')

test('the first key seals, and a key keeps its id wherever it stands', () => {
  const before = createKeyRing([older], 'sessions')
  const during = createKeyRing([newer, older], 'sessions')
  const after = createKeyRing([newer], 'sessions')
  expect(during.first).toEqual(after.first)
  expect(during.all.map(({ kid }) => kid)).toContain(before.first.kid)
})

test('another purpose is another key under another id', () => {
  const sessions = createKeyRing([older], 'sessions').first
  const logins = createKeyRing([older], 'logins').first
  expect(logins.key).not.toEqual(sessions.key)
  expect(logins.kid).not.toBe(sessions.kid)
})

test('an id says nothing about its key, and a key nothing about the secret', () => {
  const { kid, key } = createKeyRing([older], 'sessions').first
  const kidBytes = Buffer.alloc(6)
  kidBytes.writeUIntBE(kid, 0, 6)
  expect(key.includes(kidBytes)).toBe(false)
  expect(key.toString('latin1')).not.toContain('older-key')
})
