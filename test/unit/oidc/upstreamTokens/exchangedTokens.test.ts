import { expect, test } from 'vitest'
import { createExchangedTokens } from '../../../../src/oidc/upstreamTokens/exchangedTokens.ts'
import type { Principal } from '../../../../src/request.ts'
import { createStillClock } from '../../../support/clock.ts'

const ada: Principal = {
  kind: 'person',
  providerId: 'test',
  issuer: 'https://issuer.example',
  subject: 'ada',
  claims: {},
  scopes: [],
}

test('an exchange that failed is tried again although the clock was set back', async () => {
  const clock = createStillClock()
  const answers = [
    () => Promise.reject(new Error('away')),
    () => Promise.resolve({ accessToken: 'exchanged', expiresAt: undefined, scopes: [] }),
  ]
  const tokens = createExchangedTokens({
    exchange: async () => answers.shift()!(),
    events: { obtained() {}, failed() {}, dropped() {} },
    clock,
  })
  await expect(tokens.find(ada, 'own')).rejects.toThrow('away')
  await expect(tokens.find(ada, 'own')).rejects.toThrow('away')
  clock.forward(-8 * 3600)
  expect(await tokens.find(ada, 'own')).toBe('exchanged')
})
