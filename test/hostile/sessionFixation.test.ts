import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import { startWorld, type World } from '../support/world.ts'
import { beginSignIn, findSubject, visit } from './signingIn.ts'

/** The id under which the latest session was opened. It is in the log, and opens nothing. */
function latestId(world: World): unknown {
  return world.logLines.findLast(({ msg }) => msg === 'session opened')?.['session']
}

const cookieOf = (client: HttpClient): string => client.cookies.find('postern')?.value ?? ''

async function signIn(world: World, client: HttpClient, who: string): Promise<void> {
  const path = '/.postern/login?rd=%2F'
  await visit(client, (await beginSignIn(world, client, { who, path })).callback)
}

describe.each(['cookie', 'memory'] as const)('a session of the %s store', (store) => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ sessions: { store } })
  })
  afterAll(() => world.stop())

  /** A browser with this value in its cookie. */
  function browserWith(value: string): HttpClient {
    const client = world.browser()
    client.cookies.store(world.publicUrl, [`postern=${value}; Path=/`])
    return client
  }

  test.each([
    ['made up', 'chosen-by-mallory'],
    ['of the right form', `${'A'.repeat(43)}.${'A'.repeat(43)}`],
    ['of the form of a sealed one', '1Fe26.2*1*a*b*c**d*e'],
    ['empty', ''],
  ])('is never opened under a value that was there before: %s', async (_, value) => {
    const victim = browserWith(value)
    await signIn(world, victim, 'alice')
    expect(cookieOf(victim)).not.toBe(value)
    expect(cookieOf(victim).length).toBeGreaterThan(80)
    expect(await findSubject(world, victim)).toBe('alice')
    expect(await findSubject(world, browserWith(value))).toBeUndefined()
  })

  test('that an attacker planted ends when the victim signs in, and never becomes the victim’s', async () => {
    const attacker = world.browser()
    await signIn(world, attacker, 'bob')
    const [planted, plantedId] = [cookieOf(attacker), latestId(world)]
    const victim = browserWith(planted)
    expect(await findSubject(world, victim)).toBe('bob')
    await signIn(world, victim, 'alice')
    expect(latestId(world)).not.toBe(plantedId)
    expect(cookieOf(victim)).not.toBe(planted)
    expect(await findSubject(world, victim)).toBe('alice')
    expect(await findSubject(world, attacker)).toBeUndefined()
    expect(await findSubject(world, browserWith(planted))).toBeUndefined()
  })

  test('has a new id and a new cookie at each sign-in, and the old ones open nothing', async () => {
    const client = world.browser()
    const [ids, cookies] = [new Set(), new Set<string>()]
    for (let times = 0; times < 3; times += 1) {
      await signIn(world, client, 'alice')
      ids.add(latestId(world))
      cookies.add(cookieOf(client))
    }
    expect([ids.size, cookies.size]).toEqual([3, 3])
    cookies.delete(cookieOf(client))
    for (const old of cookies) {
      expect(await findSubject(world, browserWith(old))).toBeUndefined()
    }
    expect(await findSubject(world, client)).toBe('alice')
  })

  test('is not there before anybody has signed in', async () => {
    const client = world.browser()
    const opened = world.logLines.filter(({ msg }) => msg === 'session opened').length
    await beginSignIn(world, client)
    await visit(client, `${world.publicUrl}/public/x`)
    expect(cookieOf(client)).toBe('')
    expect(world.logLines.filter(({ msg }) => msg === 'session opened')).toHaveLength(opened)
  })

  test('that is over does not come back with its cookie', async () => {
    const client = world.browser()
    await signIn(world, client, 'alice')
    const copy = cookieOf(client)
    const answer = await visit(client, `${world.publicUrl}/.postern/logout`)
    expect(answer.setCookies.join()).toMatch(/(^|,)postern=;[^,]*Max-Age=0/)
    expect(cookieOf(client)).toBe('')
    expect(await findSubject(world, browserWith(copy))).toBeUndefined()
  })
})

test.each(['cookie', 'memory'] as const)(
  'a refresh keeps the id, in the %s store',
  async (store) => {
    let offset = 0
    const clock = { now: () => Date.now() / 1000 + offset }
    await using world = await startWorld({
      sessions: { store },
      clock,
      issuer: { accessTokenLifetime: 60 },
    })
    const { client } = await world.signIn('alice')
    const idOf = () => world.logLines.findLast(({ msg }) => msg === 'request')?.['session']
    await client.request(`${world.publicUrl}/members/x`)
    const [before, cookie, tokens] = [idOf(), cookieOf(client), world.issuer.counts.token]
    offset = 61
    await client.request(`${world.publicUrl}/members/x`)
    expect(world.issuer.counts.token).toBe(tokens + 1)
    expect(idOf()).toBe(before)
    expect(typeof before).toBe('string')
    if (store === 'memory') expect(cookieOf(client)).toBe(cookie)
    expect(await findSubject(world, client)).toBe('alice')
  },
)
