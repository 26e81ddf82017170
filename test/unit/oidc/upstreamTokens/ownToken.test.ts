import { describe, expect, test } from 'vitest'
import type { IssuedAccessToken } from '../../../../src/oidc/clientCredentials/clientCredentialsGrant.ts'
import { IssuerUnavailable } from '../../../../src/oidc/issuer/faults.ts'
import { createOwnToken } from '../../../../src/oidc/upstreamTokens/ownToken.ts'
import { createStillClock } from '../../../support/clock.ts'

/** A token that is asked for, and an issuer of which the test decides when and what it answers. */
function createStage() {
  const clock = createStillClock()
  const asked: PromiseWithResolvers<IssuedAccessToken>[] = []
  const events: string[] = []
  const token = createOwnToken({
    request() {
      const answer = Promise.withResolvers<IssuedAccessToken>()
      asked.push(answer)
      return answer.promise
    },
    events: {
      obtained: () => void events.push('obtained'),
      failed: () => void events.push('failed'),
      dropped: () => void events.push('dropped'),
    },
    clock,
  })
  const give = async (accessToken: string, lifetime?: number) => {
    const expiresAt = lifetime === undefined ? undefined : clock.now() + lifetime
    asked.at(-1)!.resolve({ accessToken, expiresAt, scopes: [] })
    await new Promise(setImmediate)
  }
  const fail = async () => {
    asked.at(-1)!.reject(new IssuerUnavailable('away'))
    await new Promise(setImmediate)
  }
  return { token, clock, asked, events, give, fail }
}

describe('a token of the gateway', () => {
  test('is no promise while it is held, and asked for again only near its end', async () => {
    const { token, clock, asked, give } = createStage()
    const first = token.find()
    expect(first).toBeInstanceOf(Promise)
    await give('a', 100)
    expect(await first).toBe('a')
    clock.forward(79)
    expect(token.find()).toBe('a')
    expect(asked).toHaveLength(1)
    clock.forward(20)
    expect(token.find()).toBe('a')
    expect(token.find()).toBe('a')
    expect(asked).toHaveLength(2)
    await give('b', 100)
    expect(token.find()).toBe('b')
  })

  test('whose end nobody names is held until it is refused', async () => {
    const { token, clock, asked, give } = createStage()
    void token.find()
    await give('a')
    clock.forward(1_000_000)
    expect(token.find()).toBe('a')
    expect(token.drop('a')).toBe(true)
    const next = token.find()
    expect(asked).toHaveLength(2)
    await give('b')
    expect(await next).toBe('b')
  })

  test('that cannot be had is asked for after 1, 2, 4 seconds, and fails at once in between', async () => {
    const { token, clock, asked, fail } = createStage()
    for (const delay of [1, 2, 4, 8]) {
      const failing = expect(token.find()).rejects.toBeInstanceOf(IssuerUnavailable)
      const calls = asked.length
      await fail()
      await failing
      clock.forward(delay - 0.01)
      await expect(token.find()).rejects.toBeInstanceOf(IssuerUnavailable)
      expect(asked).toHaveLength(calls)
      clock.forward(0.02)
    }
  })

  test('that could not be had is asked for again although the clock was set back', async () => {
    const { token, clock, asked, fail, give } = createStage()
    const failing = expect(token.find()).rejects.toBeInstanceOf(IssuerUnavailable)
    await fail()
    await failing
    clock.forward(-8 * 3600)
    const found = token.find()
    expect(asked).toHaveLength(2)
    await give('a', 100)
    expect(await found).toBe('a')
  })

  test('whose end is unknown since the clock was set back is renewed, and can be refused', async () => {
    const { token, clock, asked, give } = createStage()
    void token.find()
    await give('a', 100)
    expect(token.drop('a')).toBe(true)
    void token.find()
    await give('b', 100)
    clock.forward(-8 * 3600)
    expect(token.find()).toBe('b')
    expect(asked).toHaveLength(3)
    expect(token.drop('b')).toBe(true)
    await give('c', 100)
    expect(token.find()).toBe('c')
  })

  test('that was refused goes on while there is no other, and not for a moment longer', async () => {
    const { token, asked, events, give, fail, clock } = createStage()
    void token.find()
    await give('a', 100)
    expect(token.drop('a')).toBe(true)
    const meanwhile = token.find()
    await fail()
    expect(await meanwhile).toBe('a')
    clock.forward(1)
    const next = token.find()
    expect(asked).toHaveLength(3)
    await give('b', 100)
    expect(await next).toBe('b')
    expect(events).toEqual(['obtained', 'dropped', 'failed', 'obtained'])
  })

  test('that was refused is dropped once in ten seconds; one that is not held any more, never', async () => {
    const { token, clock, give } = createStage()
    void token.find()
    await give('a', 1000)
    expect(token.drop('a')).toBe(true)
    void token.find()
    await give('b', 1000)
    expect(token.drop('a')).toBe(true)
    expect(token.find()).toBe('b')
    expect(token.drop('b')).toBe(false)
    expect(token.find()).toBe('b')
    clock.forward(10)
    expect(token.drop('b')).toBe(true)
  })

  test('of a client that is another now is used until there is one of the new client', async () => {
    const { token, asked, give } = createStage()
    void token.find()
    await give('a', 100)
    token.renew()
    expect(token.find()).toBe('a')
    expect(asked).toHaveLength(2)
    await give('b', 100)
    expect(token.find()).toBe('b')
  })
})
