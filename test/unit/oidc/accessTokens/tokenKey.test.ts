import { expect, test } from 'vitest'
import { toTokenKey } from '../../../../src/oidc/accessTokens/tokenKey.ts'

test('a key says nothing of its token, and no two tokens share one', () => {
  expect(toTokenKey('abc')).toMatch(/^[0-9a-f]{64}$/)
  expect(toTokenKey('abc')).not.toBe(toTokenKey('abd'))
})
