import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../../src/crypto/secret.ts'

test('a secret is printed by nothing that prints', () => {
  const secret = new Secret('hunter2')
  const printed = [String(secret), JSON.stringify({ secret }), inspect(secret), [secret].join()]
  for (const text of printed) expect(text).not.toContain('hunter2')
  expect(secret.reveal()).toBe('hunter2')
})
