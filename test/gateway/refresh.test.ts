import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { startRedis } from '../support/redis.ts'
import { json, type Answer } from '../support/rogueAnswers.ts'
import { makeIdToken, startRogueIssuer } from '../support/rogueIssuer.ts'
import type { Upstream } from '../support/upstream.ts'
import { startWorld, usualRoutes, type World, type WorldOptions } from '../support/world.ts'
import { startApplication } from './application.ts'
import { fetchAs, open, problemOf, sessionCookiesOf, until } from './steps.ts'
import { signInAtRogue } from './rogue.ts'

const keys = ['a-key-of-32-bytes-that-nobody-else-has-used']
const accessTokenLifetime = 300

async function startRefreshing(
  options: WorldOptions = {},
): Promise<World & { clock: TurnableClock }> {
  const clock = createTurnableClock()
  const world = await startWorld({ clock, issuer: { accessTokenLifetime }, ...options })
  return Object.assign(world, { clock })
}

const stores = ['cookie', 'memory'] as const

test('a refusal because of too much identity carries the new cookie of the session', async () => {
  const route = { headers: { 'X-Name': 'name' }, preset: 'none' as const }
  await using world = await startRefreshing({
    sessions: { store: 'cookie', keys },
    routes: [
      { match: { path: '/told' }, identity: route, upstream: 'app' },
      { match: { path: '/**' }, identity: { preset: 'none' }, upstream: 'app' },
    ],
  })
  world.issuer.accounts.get('alice')!.claims = {
    ...world.issuer.accounts.get('alice')!.claims,
    // Because each becomes three characters on the way to the application, and one in the cookie.
    name: '\u007f'.repeat(2750),
  }
  const { client } = await world.signIn()
  world.clock.forward(301)
  const refused = await fetchAs(client, `${world.publicUrl}/told`)
  expect([refused.status, problemOf(refused).code]).toEqual([403, 'identity_too_large'])
  expect(refused.setCookies.filter((each) => each.startsWith('postern='))).toHaveLength(1)
  expect((await fetchAs(client, `${world.publicUrl}/x`)).setCookies).toEqual([])
})

describe.each(stores)('refresh with the %s store', (store) => {
  let world: World & { clock: TurnableClock }
  beforeAll(async () => {
    world = await startRefreshing({ sessions: { store, keys } })
  })
  afterAll(() => world.stop())

  const statusOf = async (client: HttpClient, path = '/x') =>
    (await fetchAs(client, world.publicUrl + path)).status

  test('a session outlives its access tokens, and asks for a new one only when one is due', async () => {
    const { client } = await world.signIn()
    const before = world.issuer.counts.token
    for (let round = 1; round <= 3; round += 1) {
      world.clock.forward(260)
      expect(await statusOf(client)).toBe(200)
      expect(world.issuer.counts.token).toBe(before + round - 1)
      world.clock.forward(41)
      expect(await statusOf(client)).toBe(200)
      expect(await statusOf(client)).toBe(200)
      expect(world.issuer.counts.token).toBe(before + round)
    }
  })

  test('twenty requests at once cause one refresh, and all are served', async () => {
    const { client } = await world.signIn()
    const before = world.issuer.counts.token
    world.clock.forward(301)
    const cookie = client.cookies.fieldFor(world.publicUrl)!
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const fields = ['Cookie', cookie]
        return (await world.browser().request(`${world.publicUrl}/x`, { fields })).status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(world.issuer.counts.token).toBe(before + 1)
    expect(await statusOf(client)).toBe(200)
    expect(world.issuer.counts.token).toBe(before + 1)
  })

  test('the claims are read again, and the policy follows them', async () => {
    const { client } = await world.signIn('alice')
    expect(await statusOf(client, '/admin/x')).toBe(200)
    const { claims } = world.issuer.accounts.get('alice')!
    const groups = claims['groups']
    claims['groups'] = ['staff']
    try {
      expect(await statusOf(client, '/admin/x')).toBe(200)
      world.clock.forward(301)
      expect(await statusOf(client, '/admin/x')).toBe(403)
      expect(await statusOf(client, '/x')).toBe(200)
    } finally {
      claims['groups'] = groups
    }
    world.clock.forward(301)
    expect(await statusOf(client, '/admin/x')).toBe(200)
  })

  test('an issuer that takes the grant back ends the session', async () => {
    const { client } = await world.signIn()
    await world.issuer.revokeRefreshTokens()
    const before = world.upstream.requests.length
    expect(await statusOf(client)).toBe(200)
    world.clock.forward(301)
    const answer = await fetchAs(client, `${world.publicUrl}/x`)
    expect(problemOf(answer).code).toBe('login_required')
    expect(world.upstream.requests).toHaveLength(before + 1)
    const tokens = world.issuer.counts.token
    expect(await statusOf(client)).toBe(401)
    expect(world.issuer.counts.token).toBe(tokens)
    expect(world.logLines).toContainEqual(
      expect.objectContaining({ msg: 'session ended', reason: 'refresh_refused' }),
    )
  })

  test('an issuer that is away costs nobody anything while the access token is good; then 503 with the cookie kept', async () => {
    const { client } = await world.signIn()
    const cookie = sessionCookiesOf(client)
    await world.issuer.stop()
    try {
      world.clock.forward(275)
      expect(await statusOf(client)).toBe(200)
      world.clock.forward(26)
      const before = world.upstream.requests.length
      const answer = await fetchAs(client, `${world.publicUrl}/x`)
      expect(answer.status).toBe(503)
      expect(problemOf(answer).code).toBe('issuer_unavailable')
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(30)
      expect(answer.setCookies).toEqual([])
      expect(sessionCookiesOf(client)).toEqual(cookie)
      expect(world.upstream.requests).toHaveLength(before)
      const page = await open(client, `${world.publicUrl}/x`)
      expect(page.status).toBe(503)
      expect(page.text).toContain('issuer_unavailable')
    } finally {
      await world.issuer.restart()
    }
    // Because the failure is remembered, nobody asks the issuer again for 30 s.
    const tokens = world.issuer.counts.token
    expect(await statusOf(client)).toBe(503)
    expect(world.issuer.counts.token).toBe(tokens)
    world.clock.forward(31)
    expect(await statusOf(client)).toBe(200)
    expect(world.issuer.counts.token).toBe(tokens + 1)
  })
})

describe('the new cookie of a refresh (cookie store)', () => {
  let world: World & { clock: TurnableClock }
  let own: Upstream
  beforeAll(async () => {
    own = await startApplication()
    world = await startRefreshing({
      sessions: { store: 'cookie', keys },
      routes: [
        { match: { path: '/own/**' }, upstream: 'own' },
        { match: { path: '/gone/**' }, upstream: 'gone' },
        ...usualRoutes,
      ],
      config: { upstreams: { own: { url: own.url }, gone: { url: 'http://127.0.0.1:1' } } },
    })
  })
  afterAll(async () => {
    await world.stop()
    await own.close()
  })

  test.each([
    ['is never on an answer that a shared cache may keep', '/own/cacheable', 200],
    ['is on an answer of the gateway itself, too', '/gone/x', 502],
  ])('%s', async (_name, path, status) => {
    const { client } = await world.signIn()
    world.clock.forward(301)
    const answer = await fetchAs(client, world.publicUrl + path)
    expect(answer.status).toBe(status)
    expect(answer.setCookies.filter((each) => each.startsWith('postern='))).toHaveLength(1)
    expect(answer.headers['cache-control']).toMatch(/^(private|no-store)$/)
    const tokens = world.issuer.counts.token
    expect((await fetchAs(client, `${world.publicUrl}/x`)).setCookies).toEqual([])
    expect(world.issuer.counts.token).toBe(tokens)
  })

  test('leaves the one from before good for 60 s, and no longer', async () => {
    const { client } = await world.signIn()
    const old = client.cookies.fieldFor(world.publicUrl)!
    world.clock.forward(301)
    expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
    const tokens = world.issuer.counts.token
    const asBefore = () =>
      world.browser().request(`${world.publicUrl}/x`, { fields: ['Cookie', old] })
    world.clock.forward(59)
    expect((await asBefore()).status).toBe(200)
    world.clock.forward(2)
    expect((await asBefore()).status).toBe(401)
    expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
    expect(world.issuer.counts.token).toBe(tokens)
  })
})

test('onIssuerOutage: serve lets people go on until the session itself is over', async () => {
  await using world = await startRefreshing({
    sessions: { store: 'memory', keys, onIssuerOutage: 'serve', lifetime: '30m' },
  })
  const { client } = await world.signIn()
  await world.issuer.stop()
  for (let at = 0; at < 4; at += 1) {
    world.clock.forward(400)
    expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
  }
  world.clock.forward(201)
  expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(401)
})

test('without a refresh token the session lives for its own time, and the issuer is not asked', async () => {
  await using world = await startRefreshing({
    issuer: { accessTokenLifetime, refreshTokens: false },
    sessions: { store: 'memory', keys, lifetime: '30m' },
  })
  const { client } = await world.signIn()
  const before = world.issuer.counts.token
  world.clock.forward(29 * 60)
  expect((await fetchAs(client, `${world.publicUrl}/x`)).status).toBe(200)
  expect(world.issuer.counts.token).toBe(before)
})

test('two replicas that meet the same due session refresh it once', async () => {
  await using redis = await startRedis()
  await using world = await startRefreshing({
    sessions: { store: 'redis', keys, redis: { url: redis.url, commandTimeout: '2s' } },
    replicas: 2,
  })
  const { client } = await world.signIn()
  const before = world.issuer.counts.token
  world.clock.forward(301)
  const cookie = client.cookies.fieldFor(world.publicUrl)!
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      world.browser().request(`http://localhost:${world.replicas[at % 2]!.port}/x`, {
        fields: ['Cookie', cookie],
      }),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(world.issuer.counts.token).toBe(before + 1)
})

test('a logout while a refresh is under way wins: nothing brings the session back', async () => {
  await using rogue = await startRogueIssuer()
  const clock = createTurnableClock()
  await using world = await startWorld({
    clock,
    sessions: { store: 'memory', keys },
    config: { providers: [{ id: 'rogue', issuer: rogue.issuer, clientId: 'postern' }] },
  })
  const client = await signInAtRogue(world, rogue)
  const cookie = client.cookies.fieldFor(world.publicUrl)!
  const asBefore = () =>
    world.browser().request(`${world.publicUrl}/x`, { fields: ['Cookie', cookie] })
  expect((await asBefore()).status).toBe(200)

  let released = Promise.withResolvers<void>()
  let refreshes = 0
  const answerWhenReleased = async (...exchange: Parameters<Answer>): Promise<void> => {
    refreshes += 1
    exchange[0].resume()
    await released.promise
    const tokens = {
      access_token: 'new',
      refresh_token: 'r',
      token_type: 'Bearer',
      expires_in: 300,
    }
    json(200, { ...tokens, id_token: await makeIdToken(rogue) })(...exchange)
  }
  rogue.answers.token = (...exchange) => void answerWhenReleased(...exchange)

  clock.forward(301)
  const untouched = asBefore()
  await until(() => refreshes === 1)
  released.resolve()
  expect((await untouched).status).toBe(200)

  released = Promise.withResolvers<void>()
  clock.forward(301)
  const before = world.upstream.requests.length
  const underway = asBefore()
  await until(() => refreshes === 2)
  await open(client, `${world.publicUrl}/.postern/logout`)
  released.resolve()
  expect((await underway).status).toBe(401)
  expect((await asBefore()).status).toBe(401)
  expect(world.upstream.requests).toHaveLength(before)
})
