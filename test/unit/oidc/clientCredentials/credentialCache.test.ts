import { beforeEach, describe, expect, test } from 'vitest'
import { createAttemptLimit } from '../../../../src/oidc/clientCredentials/attemptLimit.ts'
import {
  createCredentialCache,
  type CredentialCache,
  type CredentialVerdict,
} from '../../../../src/oidc/clientCredentials/credentialCache.ts'
import { createCredentialHash } from '../../../../src/oidc/clientCredentials/credentialHash.ts'
import { createStillClock, type TurnableClock } from '../../../support/clock.ts'

let clock: TurnableClock
let cache: CredentialCache<string>
/** The secrets that the issuer was asked about. */
let asked: string[]

beforeEach(() => {
  clock = createStillClock()
  const attempts = createAttemptLimit(clock)
  cache = createCredentialCache({ clock, attempts, negativeCacheTime: 5000 })
  asked = []
})

const keysOf = (id: string, secret: string, scope = '') => ({
  account: id,
  credentials: `${id}:${secret}`,
  request: `${id}:${secret}:${scope}`,
})

const wrong: CredentialVerdict<string> = { outcome: 'wrong_credentials', detail: 'invalid_client' }
const granted = (lifetime = 60): CredentialVerdict<string> => ({
  outcome: 'granted',
  value: 'token',
  until: clock.now() + lifetime,
})

function aRefusal(errorCode: string, provesCredentials: boolean): CredentialVerdict<string> {
  return { outcome: 'refused', errorCode, detail: 'x', provesCredentials }
}

async function bring(secret: string, verdict = wrong, scope = ''): Promise<string> {
  const keys = keysOf('machine', secret, scope)
  const known = cache.find(keys.request)
  if (known !== undefined) return `known ${known.outcome}`
  const answer = await cache.obtain(keys, async () => {
    asked.push(secret)
    return verdict
  })
  return answer.outcome
}

test('what was granted counts until its moment, and the issuer is asked again then', async () => {
  expect(await bring('right', granted())).toBe('granted')
  clock.forward(59)
  expect(await bring('right')).toBe('known granted')
  clock.forward(2)
  expect(await bring('right', granted())).toBe('granted')
  expect(asked).toEqual(['right', 'right'])
})

test('many at once are one question', async () => {
  const gate = Promise.withResolvers<CredentialVerdict<string>>()
  let questions = 0
  const answers = Array.from({ length: 1000 }, () =>
    cache.obtain(keysOf('machine', 'right'), () => {
      questions += 1
      return gate.promise
    }),
  )
  gate.resolve(granted())
  const outcomes = new Set((await Promise.all(answers)).map(({ outcome }) => outcome))
  expect([...outcomes]).toEqual(['granted'])
  expect(questions).toBe(1)
})

test('a fault is everybody’s who waited, and nothing of it is remembered', async () => {
  const gate = Promise.withResolvers<CredentialVerdict<string>>()
  const waiting = [1, 2].map(() => cache.obtain(keysOf('machine', 'right'), () => gate.promise))
  gate.reject(new Error('away'))
  for (const each of waiting) await expect(each).rejects.toThrow('away')
  for (let time = 0; time < 20; time += 1) {
    const failing = cache.obtain(keysOf('machine', `s${time}`), () =>
      Promise.reject(new Error('away')),
    )
    await expect(failing).rejects.toThrow('away')
  }
  expect(await bring('right', granted())).toBe('granted')
})

describe('wrong credentials', () => {
  test('are refused for a while without asking, whatever is asked for with them', async () => {
    expect(await bring('wrong')).toBe('wrong_credentials')
    expect(await bring('wrong')).toBe('known wrong_credentials')
    expect(await bring('wrong', granted(), 'other')).toBe('wrong_credentials')
    expect(asked).toEqual(['wrong'])
    clock.forward(6)
    expect(await bring('wrong', granted())).toBe('granted')
  })

  test('say nothing about other secrets of the same id', async () => {
    await bring('wrong')
    expect(await bring('right', granted())).toBe('granted')
    expect(await bring('wrong')).toBe('known wrong_credentials')
    expect(await bring('right')).toBe('known granted')
  })

  test('slow down whoever guesses: five at once, then one by one, ever later', async () => {
    for (let time = 0; time < 5; time += 1) expect(await bring(`${time}`)).toBe('wrong_credentials')
    for (let time = 5; time < 100; time += 1)
      expect(await bring(`${time}`)).toBe('too_many_attempts')
    expect(asked).toHaveLength(5)
    clock.forward(1.1)
    expect(await bring('a')).toBe('wrong_credentials')
    expect(await bring('b')).toBe('too_many_attempts')
    clock.forward(2.1)
    expect(await bring('c')).toBe('wrong_credentials')
    for (let time = 0; time < 10; time += 1) {
      clock.forward(61)
      expect(await bring(`later ${time}`)).toBe('wrong_credentials')
      expect(await bring(`at once ${time}`)).toBe('too_many_attempts')
    }
  })

  test('cannot be tried faster by trying them all at the same time', async () => {
    const gate = Promise.withResolvers<CredentialVerdict<string>>()
    const guesses = Array.from({ length: 100 }, (_, at) =>
      cache.obtain(keysOf('machine', `${at}`), () => {
        asked.push(`${at}`)
        return gate.promise
      }),
    )
    gate.resolve(wrong)
    const outcomes = (await Promise.all(guesses)).map(({ outcome }) => outcome)
    expect(outcomes.filter((outcome) => outcome === 'wrong_credentials')).toHaveLength(5)
    expect(asked).toHaveLength(5)
  })

  test('are forgiven after a quarter of an hour', async () => {
    for (let time = 0; time < 6; time += 1) await bring(`${time}`)
    clock.forward(901)
    for (let time = 10; time < 15; time += 1)
      expect(await bring(`${time}`)).toBe('wrong_credentials')
  })

  test('of one id are no reason to make another wait', async () => {
    for (let time = 0; time < 10; time += 1) await bring(`${time}`)
    const answer = await cache.obtain(keysOf('other', 'right'), async () => granted())
    expect(answer.outcome).toBe('granted')
  })
})

describe('whoever was right before', () => {
  test('never waits, however many others guess', async () => {
    await bring('right', granted())
    for (let time = 0; time < 20; time += 1) await bring(`${time}`)
    clock.forward(61)
    expect(await bring('right', granted())).toBe('granted')
    expect(await bring('right', granted(), 'other')).toBe('granted')
  })

  test('waits like anybody once it was wrong', async () => {
    await bring('right', granted(0))
    for (let time = 0; time < 20; time += 1) await bring(`${time}`)
    expect(await bring('right')).toBe('wrong_credentials')
    clock.forward(0.1)
    expect(await bring('right', granted(), 'other')).toBe('wrong_credentials')
    clock.forward(6)
    for (let time = 20; time < 40; time += 1) await bring(`${time}`)
    expect(await bring('right', granted())).toBe('too_many_attempts')
  })

  test('is not taken for a guesser for asking for ten things at once', async () => {
    const answers = Array.from({ length: 10 }, (_, at) => bring('right', granted(), `scope ${at}`))
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['granted']))
  })

  test('is refused what it may not have, without counting as a guesser', async () => {
    const refused = aRefusal('invalid_scope', true)
    for (let time = 0; time < 20; time += 1) {
      expect(await bring('right', refused, `${time}`)).toBe('refused')
    }
    expect(await bring('right', granted(), '0')).toBe('known refused')
    expect(await bring('right', granted(), 'other')).toBe('granted')
  })
})

test('what says nothing about the credentials makes wait like wrong ones', async () => {
  for (let time = 0; time < 5; time += 1) {
    expect(await bring(`${time}`, aRefusal('invalid_request', false))).toBe('refused')
  }
  expect(await bring('5')).toBe('too_many_attempts')
})

test('what is forgotten is asked for anew', async () => {
  await bring('right', granted())
  cache.forget(keysOf('machine', 'right').request)
  expect(await bring('right', granted())).toBe('granted')
})

describe('the name of credentials', () => {
  const hash = createCredentialHash()

  test('is the same for the same ones, and another in another process', () => {
    expect(hash('a', 'b')).toBe(hash('a', 'b'))
    expect(createCredentialHash()('a', 'b')).not.toBe(hash('a', 'b'))
  })

  test.each([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [['a', ''], ['a']],
    [
      ['', 'a'],
      ['a', ''],
    ],
    [
      ['a:b', 'c'],
      ['a', 'b:c'],
    ],
    [['1:a'], ['a']],
    [['a', '1:b'], ['a1:b']],
    [['ä'], ['a\u0308']],
  ])('tells %j from %j', (one, other) => {
    expect(hash(...one)).not.toBe(hash(...other))
  })
})
