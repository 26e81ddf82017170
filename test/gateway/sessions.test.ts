import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTurnableClock } from '../support/clock.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'
import { asScript, fetchAs, fieldsSeenBy, jsonOf, open, sessionCookiesOf, until } from './steps.ts'

const keys = ['a-key-of-32-bytes-that-nobody-else-has-used']
const stores = ['cookie', 'memory', 'redis'] as const

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

function settingsFor(store: (typeof stores)[number]): NonNullable<WorldOptions['sessions']> {
  return {
    store,
    keys,
    ...(store === 'redis' ? { redis: { url: redis.url, commandTimeout: '2s' } } : {}),
  }
}

describe.each(stores)('sessions in the %s store', (store) => {
  const clock = createTurnableClock()
  let world: World
  beforeAll(async () => {
    const sessions = { ...settingsFor(store), idleTimeout: '5m', lifetime: '15m' }
    world = await startWorld({ sessions, clock })
  })
  afterAll(() => world.stop())

  test('a session that is used lives until its lifetime is over, and no longer', async () => {
    const { client } = await world.signIn()
    for (let minutes = 4; minutes < 15; minutes += 4) {
      clock.forward(4 * 60)
      expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
    }
    clock.forward(3 * 60 + 1)
    const answer = await fetchAs(client, `${world.publicUrl}/x`)
    expect(answer.status).toBe(401)
  })

  test('a session that nobody uses ends at its idle timeout', async () => {
    await redis.client.flushall()
    const { client } = await world.signIn()
    await fetchAs(client, `${world.publicUrl}/x`)
    if (store === 'redis') {
      // Because Redis counts by its own clock, what is left there is looked at, and made to pass.
      const key = await onlyKeyOf(redis)
      const left = await redis.client.pttl(key)
      expect(left).toBeGreaterThan(290_000)
      expect(left).toBeLessThanOrEqual(300_000)
      await redis.client.pexpire(key, 1)
      await until(async () => (await redis.client.exists(key)) === 0)
    }
    clock.forward(5 * 60)
    expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(401)
  })

  test('a signed-out person is signed out, here and at the issuer, also where the cookie was copied', async () => {
    const { client } = await world.signIn()
    const copy = client.cookies.fieldFor(world.publicUrl)!
    const page = await client.navigate(`${world.publicUrl}/.postern/logout`)
    expect(page.url).toMatch(`${world.issuer.issuer}/session/end`)
    expect(sessionCookiesOf(client)).toEqual([])
    expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(401)
    const fields = [...asScript, 'Cookie', copy]
    expect((await world.browser().request(`${world.publicUrl}/x`, { fields })).status).toBe(401)
  })

  test('the session endpoint tells a page who is signed in, since when and until when, and no token', async () => {
    const before = Math.floor(clock.now() * 1000)
    const { client } = await world.signIn()
    const answer = await fetchAs(client, `${world.publicUrl}/.postern/session`)
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    const facts = jsonOf(answer)
    expect(facts).toEqual({
      subject: 'alice',
      provider: 'test',
      issuer: world.issuer.issuer,
      name: 'Alice Liddell',
      email: 'alice@example.com',
      preferred_username: 'alice',
      groups: ['staff', 'admins'],
      since: expect.any(String) as unknown,
      until: expect.any(String) as unknown,
    })
    const [since, until] = [Date.parse(String(facts['since'])), Date.parse(String(facts['until']))]
    expect(since).toBeGreaterThanOrEqual(before)
    expect(since).toBeLessThan(before + 10_000)
    expect(until - since).toBe(15 * 60_000)
  })

  test('the session endpoint tells a signed-out page where to sign in', async () => {
    const answer = await fetchAs(world.browser(), `${world.publicUrl}/.postern/session`)
    expect(answer.status).toBe(401)
    expect(jsonOf(answer)).toMatchObject({ login_url: '/.postern/login?rd=%2F' })
  })

  test('a second sign-in has a new cookie, and the old one opens nothing any more', async () => {
    const { client } = await world.signIn()
    const old = client.cookies.find('postern')!.value
    const page = await client.navigate(`${world.publicUrl}/.postern/login?rd=/x`)
    expect(page.status).toBe(200)
    expect(client.cookies.find('postern')!.value).not.toBe(old)
    const fields = [...asScript, 'Cookie', `postern=${old}`]
    expect((await world.browser().request(`${world.publicUrl}/x`, { fields })).status).toBe(401)
  })

  test('two cookies of our name are no session', async () => {
    const { client } = await world.signIn()
    const { value } = client.cookies.find('postern')!
    const fields = [...asScript, 'Cookie', `postern=${value}; postern=${value}`]
    expect((await world.browser().request(`${world.publicUrl}/x`, { fields })).status).toBe(401)
  })

  test('an altered cookie is no session, wherever it is altered', async () => {
    const { client } = await world.signIn()
    const { value } = client.cookies.find('postern')!
    for (const at of [0, 5, Math.floor(value.length / 2), value.length - 1]) {
      const other = value[at] === 'A' ? 'B' : 'A'
      const altered = value.slice(0, at) + other + value.slice(at + 1)
      const fields = [...asScript, 'Cookie', `postern=${altered}`]
      expect((await world.browser().request(`${world.publicUrl}/x`, { fields })).status).toBe(401)
    }
  })

  test('nothing is kept for requests that nobody signed in', async () => {
    const before = store === 'redis' ? await redis.client.dbsize() : 0
    for (let at = 0; at < 5; at += 1) await fetchAs(world.browser(), `${world.publicUrl}/x`)
    await open(world.browser(), `${world.publicUrl}/x`)
    expect(store === 'redis' ? await redis.client.dbsize() : 0).toBe(before)
  })
})

async function onlyKeyOf(server: RedisServer): Promise<string> {
  const [key, ...others] = await server.client.keys('postern:session:*')
  if (key === undefined || others.length > 0) throw new Error('not exactly one session in Redis')
  return key
}

describe('the cookie store', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ sessions: settingsFor('cookie') })
  })
  afterAll(() => world.stop())

  const groupsOf = (count: number) =>
    Array.from({ length: count }, (_, at) => `department-${at}-of-the-company`)

  test('spreads a person of many groups over several cookies, and clears them all', async () => {
    const groups = groupsOf(100)
    world.issuer.accounts.get('bob')!.claims['groups'] = groups
    const { client, page } = await world.signIn('bob')
    expect(page.status).toBe(200)
    const names = sessionCookiesOf(client)
    expect(names.length).toBeGreaterThan(1)
    expect(names).toEqual(names.map((_, at) => (at === 0 ? 'postern' : `postern.${at}`)))
    for (const { name, value } of client.cookies.all()) {
      expect(name.length + value.length).toBeLessThanOrEqual(4096)
    }
    const seen = fieldsSeenBy(world.upstream.requests.at(-1)!)
    expect(seen['x-forwarded-groups']).toBe(groups.join(','))
    expect(seen['cookie'] ?? '').not.toContain('postern')
    await open(client, `${world.publicUrl}/.postern/logout`)
    expect(sessionCookiesOf(client)).toEqual([])
  })

  test('has no session where one of its cookies is missing', async () => {
    world.issuer.accounts.get('bob')!.claims['groups'] = groupsOf(100)
    const { client } = await world.signIn('bob')
    const { value } = client.cookies.find('postern')!
    const fields = [...asScript, 'Cookie', `postern=${value}`]
    expect((await world.browser().request(`${world.publicUrl}/x`, { fields })).status).toBe(401)
  })

  test('forgets the cookies that a smaller session no longer needs', async () => {
    world.issuer.accounts.get('bob')!.claims['groups'] = groupsOf(100)
    const { client } = await world.signIn('bob')
    world.issuer.accounts.get('bob')!.claims['groups'] = ['staff']
    await client.navigate(`${world.publicUrl}/.postern/login?rd=/x`)
    expect(sessionCookiesOf(client)).toEqual(['postern'])
    expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
  })

  test('says so where a session does not fit, and sets no half of it', async () => {
    world.issuer.accounts.get('bob')!.claims['groups'] = groupsOf(600)
    const { client, page } = await world.signIn('bob')
    expect(page.status).toBe(500)
    expect(page.text).toContain('session_too_large')
    expect(sessionCookiesOf(client)).toEqual([])
  })

  test('is sealed: neither name nor group can be read in it', async () => {
    const { client } = await world.signIn()
    const decoded = Buffer.from(client.cookies.find('postern')!.value, 'base64url').toString(
      'latin1',
    )
    expect(client.cookies.find('postern')!.value + decoded).not.toMatch(/alice|staff|admins/)
  })
})

describe('a session of a provider', () => {
  const sessions = settingsFor('cookie')
  const statusAt = async (later: World, cookie: string) => {
    const fields = [...asScript, 'Cookie', cookie]
    return (await later.browser().request(`${later.publicUrl}/x`, { fields })).status
  }

  test('that is no longer configured, or has another issuer by now, is no session', async () => {
    await using before = await startWorld({ sessions })
    const { client } = await before.signIn()
    const cookie = client.cookies.fieldFor(before.publicUrl)!
    const { issuer } = before.issuer
    await using same = await startWorld({ sessions, provider: { issuer } })
    expect(await statusAt(same, cookie)).toBe(200)
    await using renamed = await startWorld({ sessions, provider: { issuer, id: 'other' } })
    expect(await statusAt(renamed, cookie)).toBe(401)
    await using moved = await startWorld({ sessions })
    expect(await statusAt(moved, cookie)).toBe(401)
  })
})

test('a WebSocket ends with the lifetime of its session, and not before', async () => {
  const clock = createTurnableClock()
  await using world = await startWorld({
    clock,
    sessions: { ...settingsFor('memory'), lifetime: '60d', idleTimeout: '30d' },
  })
  const { client } = await world.signIn()
  const socket = await openSocket(world, client, world.publicUrl)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  clock.forward(60 * 86_400 - 60)
  // Because what is over is looked for once a second: two seconds of answers are proof enough.
  const until = performance.now() + 2000
  while (performance.now() < until) expect(await echoed(socket, 'here')).toBe('here')
  clock.forward(60)
  await closed
})

test('the memory store is bounded: beyond its limit somebody is signed out, and never who has just come', async () => {
  await using world = await startWorld({
    sessions: { ...settingsFor('memory'), memory: { maxSessions: 2 } },
  })
  const { client: first } = await world.signIn()
  const { client: second } = await world.signIn()
  expect((await fetchAs(first, `${world.publicUrl}/x`)).status).toBe(200)
  const { client: third } = await world.signIn('bob')
  const statuses = []
  for (const client of [first, second, third]) {
    statuses.push((await fetchAs(client, `${world.publicUrl}/x`)).status)
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(2)
  expect(statuses[2]).toBe(200)
})

describe('two replicas on one Redis', () => {
  let world: World
  beforeAll(async () => {
    await redis.client.flushall()
    world = await startWorld({ sessions: settingsFor('redis'), replicas: 2 })
  })
  afterAll(() => world.stop())

  const placeOf = (at: number) => `http://localhost:${world.replicas[at]!.port}`

  test('who signed in at one is signed in at the other', async () => {
    const { client } = await world.signIn()
    expect((await fetchAs(client, `${placeOf(1)}/x`)).status).toBe(200)
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)['x-forwarded-user']).toBe('alice')
  })

  test('a logout at one counts at the other at once, and closes its WebSockets', async () => {
    const { client } = await world.signIn()
    const { client: bystander } = await world.signIn('bob')
    const [socket, other] = [
      await openSocket(world, client, placeOf(1)),
      await openSocket(world, bystander, placeOf(1)),
    ]
    expect(await echoed(socket, 'hello')).toBe('hello')
    expect((await fetchAs(client, `${placeOf(1)}/x`)).status).toBe(200)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const copy = client.cookies.fieldFor(placeOf(1))!
    await open(client, `${placeOf(0)}/.postern/logout`)
    await closed
    const fields = [...asScript, 'Cookie', copy]
    expect((await world.browser().request(`${placeOf(1)}/x`, { fields })).status).toBe(401)
    expect(await echoed(other, 'still here')).toBe('still here')
    other.terminate()
  })

  test('nothing in Redis names a person, or opens without the cookie', async () => {
    const { client } = await world.signIn()
    const { value } = client.cookies.find('postern')!
    const keysOfRedis = await redis.client.keys('*')
    for (const key of keysOfRedis) {
      const stored = (await redis.client.getBuffer(key))!.toString('latin1')
      expect(key + stored).not.toMatch(/alice|staff|eyJhbGci/)
      for (const part of value.split('.')) expect(key + stored).not.toContain(part)
    }
    expect(keysOfRedis.length).toBeGreaterThan(0)
  })

  test('a session that is deleted in Redis by hand is gone everywhere within 5 s', async () => {
    const { client } = await world.signIn()
    await fetchAs(client, `${placeOf(1)}/x`)
    await redis.client.flushall()
    const start = performance.now()
    await until(async () => (await fetchAs(client, `${placeOf(1)}/x`)).status === 401, 6000, 200)
    expect(performance.now() - start).toBeLessThan(7000)
  })
})

async function openSocket(
  { publicUrl }: World,
  client: HttpClient,
  place: string,
): Promise<WebSocket> {
  const socket = new WebSocket(`${place.replace('http', 'ws')}/echo`, {
    headers: { Cookie: client.cookies.fieldFor(place)!, Origin: publicUrl },
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => {})
  return socket
}

async function echoed(socket: WebSocket, message: string): Promise<string> {
  const answer = new Promise<string>((resolve) =>
    socket.once('message', (data: Buffer) => resolve(data.toString())),
  )
  socket.send(message)
  return answer
}
