import { describe, expect, test } from 'vitest'
import {
  aSignIn,
  Browser,
  FakeClock,
  signIn,
  startRedisReplica,
  startReplica,
  startTestRedis,
  type Replica,
} from './world.ts'

const name = '__Host-postern'

function flipAt(text: string, at: number): string {
  const other = text[at] === 'A' ? 'B' : 'A'
  return text.slice(0, at) + other + text.slice(at + 1)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same bytes for a decoder that does not look at the bits left over. */
function respell(text: string): string {
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) ^ 1]
}

/** Every way to alter one value that a table can list; `other` is a genuine value of another session. */
function alterations(value: string, other: string): [string, string][] {
  const middle = Math.floor(value.length / 2)
  const flips = [0, 1, 5, 42, middle - 1, middle, middle + 1, value.length - 2, value.length - 1]
  return [
    ...flips.map((at): [string, string] => [`character ${at} altered`, flipAt(value, at)]),
    ['empty', ''],
    ['cut by one', value.slice(0, -1)],
    ['cut at the front', value.slice(1)],
    ['half of it', value.slice(0, middle)],
    ['its halves swapped', value.slice(middle) + value.slice(0, middle)],
    ['twice in one value', value + value],
    ['one character longer', `${value}A`],
    ['padded', `${value}=`],
    ['spelled otherwise at its end', respell(value)],
    [
      'spelled otherwise at the end of its first half',
      respell(value.slice(0, 43)) + value.slice(43),
    ],
    ['quoted', `"${value}"`],
    ['with a mark behind it', `${value}~2`],
    ['another session in its first half', other.slice(0, middle) + value.slice(middle)],
    ['another session in its second half', value.slice(0, middle) + other.slice(middle)],
    ['very long', 'A'.repeat(100_000)],
    ['of many separators', '*'.repeat(3000)],
    ['of dots', '.'.repeat(87)],
    ['percent-encoded', encodeURIComponent(value).replace('F', '%46')],
    ['not ASCII', `${value.slice(0, -1)}é`],
  ]
}

async function expectAllRefused(replica: Replica, value: string, other: string): Promise<void> {
  for (const [what, altered] of alterations(value, other)) {
    if (altered === value) continue
    expect(await replica.lookUp(`${name}=${altered}`), what).toBeUndefined()
  }
  expect(await replica.lookUp(`${name}=${value}`)).toBeDefined()
}

describe('an altered cookie is no session, and never a fault', () => {
  test.each(['cookie', 'memory'] as const)('%s store', async (store) => {
    const clock = new FakeClock()
    const replica = startReplica({ store, clock, nearCacheSessions: 0 })
    const mine = await signIn(replica, aSignIn(clock.now()))
    const other = await signIn(replica, aSignIn(clock.now()))
    await expectAllRefused(
      replica,
      mine.browser.cookies.get(name) ?? '',
      other.browser.cookies.get(name) ?? '',
    )
  })

  test('redis store', async () => {
    const replica = await startRedisReplica(await startTestRedis())
    const now = Date.now() / 1000
    const mine = await signIn(replica, aSignIn(now))
    const other = await signIn(replica, aSignIn(now))
    await expectAllRefused(
      replica,
      mine.browser.cookies.get(name) ?? '',
      other.browser.cookies.get(name) ?? '',
    )
  })
})

test('every single character of a sealed cookie counts', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock })
  const { browser } = await signIn(replica, aSignIn(clock.now()))
  const value = browser.cookies.get(name) ?? ''
  for (let at = 0; at < value.length; at += 7) {
    expect(await replica.lookUp(`${name}=${flipAt(value, at)}`), `at ${at}`).toBeUndefined()
  }
})

test('chunks of a long session: a missing, swapped, doubled or foreign one is no session', async () => {
  const clock = new FakeClock()
  const replica = startReplica({ store: 'cookie', clock, nearCacheSessions: 0 })
  const long = (filler: string) =>
    aSignIn(clock.now(), { claims: { sub: 'person-1', picture: filler.repeat(5000) } })
  const { browser } = await signIn(replica, long('x'))
  const other = await signIn(replica, long('y'))
  expect([...browser.cookies.keys()]).toEqual([name, `${name}.1`])
  const [first = '', second = ''] = browser.cookies.values()
  const foreign = other.browser.cookies.get(`${name}.1`) ?? ''
  const cookieFields = {
    missing: `${name}=${first}`,
    swapped: `${name}=${second}; ${name}.1=${first}`,
    doubled: `${name}=${first}; ${name}.1=${second}; ${name}.1=${second}`,
    foreign: `${name}=${first}; ${name}.1=${foreign}`,
    'cut short': `${name}=${first}; ${name}.1=${second.slice(0, -1)}`,
    'counted as one': `${name}=1${first.slice(1)}; ${name}.1=${second}`,
    'counted as nine': `${name}=9${first.slice(1)}; ${name}.1=${second}`,
  }
  for (const [what, cookies] of Object.entries(cookieFields)) {
    expect(await replica.lookUp(cookies), what).toBeUndefined()
  }
  expect(await replica.lookUp(browser.header)).toBeDefined()
  expect(await replica.lookUp(`${browser.header}; ${name}.2=left-over`)).toBeDefined()
})

test('a value that was moved to another session in Redis does not open, and is warned about', async () => {
  const redis = await startTestRedis()
  const mine = await startRedisReplica(redis)
  const { browser, session } = await signIn(mine, aSignIn(Date.now() / 1000))
  const sealed = await redis.client.getBuffer(`postern:session:${session.id}`)
  const other = await signIn(mine, aSignIn(Date.now() / 1000))
  await redis.client.set(`postern:session:${other.session.id}`, sealed ?? '')
  const reader = await startRedisReplica(redis)
  expect(await reader.lookUp(other.browser.header)).toBeUndefined()
  expect(reader.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  expect(await reader.lookUp(browser.header)).toBeDefined()
  expect(await reader.lookUp(new Browser().header)).toBeUndefined()
})
