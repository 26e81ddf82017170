import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import { createFolder } from '../support/folder.ts'
import { html } from '../support/rogueAnswers.ts'
import {
  createSigningKey,
  startRogueIssuer,
  type RogueIssuer,
  type SigningKey,
} from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, until } from './steps.ts'

type ProviderInput = ConfigInput['providers'][number]

let one: RogueIssuer
let two: RogueIssuer
let clock: TurnableClock
let stack: AsyncDisposableStack

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  one = stack.use(await startRogueIssuer())
  two = stack.use(await startRogueIssuer())
  clock = createTurnableClock()
})
afterEach(() => stack.disposeAsync())

const aProvider = (rogue: RogueIssuer, bearer: Partial<ProviderInput['bearer']> = {}) => ({
  id: rogue === one ? 'one' : 'two',
  issuer: rogue.issuer,
  bearer: { audiences: [rogueApi], ...bearer },
})

async function start(providers: ProviderInput[]): Promise<World> {
  const ids = providers.map(({ id }) => id)
  return stack.use(
    await startWorld({
      clock,
      config: { providers },
      routes: [
        ...ids.map((id) => ({
          match: { path: `/${id}/**` },
          authenticate: ['bearer' as const],
          providers: [id],
          upstream: 'app',
        })),
        { match: { path: '/any/**' }, authenticate: ['bearer'], upstream: 'app' },
      ],
    }),
  )
}

async function statusOf(world: World, path: string, token: string): Promise<number> {
  const fields = ['Authorization', `Bearer ${token}`]
  return (await world.browser().request(world.publicUrl + path, { fields })).status
}

describe('several issuers', () => {
  test('each token is judged by the one that it names, where the route accepts that one', async () => {
    const world = await start([aProvider(one), aProvider(two)])
    const [ofOne, ofTwo] = [await makeAccessToken(one), await makeAccessToken(two)]
    for (let each = 0; each < 2; each += 1) {
      expect(await statusOf(world, '/any/x', ofOne)).toBe(200)
      expect(await statusOf(world, '/any/x', ofTwo)).toBe(200)
      expect(await statusOf(world, '/one/x', ofOne)).toBe(200)
      expect(await statusOf(world, '/one/x', ofTwo)).toBe(401)
      expect(await statusOf(world, '/two/x', ofOne)).toBe(401)
    }
    expect(world.upstream.requests).toHaveLength(6)
  })

  test('the key of one signs nothing for the other', async () => {
    const world = await start([aProvider(one), aProvider(two)])
    const forged = await makeAccessToken({ issuer: one.issuer, key: two.key })
    expect(await statusOf(world, '/any/x', forged)).toBe(401)
    expect(world.upstream.requests).toEqual([])
  })

  test('an outage of one leaves the other as it is', async () => {
    two.answers.jwks = html(502)
    const world = await start([aProvider(one), aProvider(two)])
    expect(await statusOf(world, '/any/x', await makeAccessToken(two))).toBe(503)
    expect(await statusOf(world, '/any/x', await makeAccessToken(one))).toBe(200)
  })
})

describe('keys', () => {
  async function rotate(rogue: RogueIssuer): Promise<SigningKey> {
    rogue.key = await createSigningKey()
    rogue.jwks = [rogue.key.publicJwk]
    return rogue.key
  }

  test('are there before the first token comes', async () => {
    await start([aProvider(one)])
    await until(() => one.counts.jwks === 1)
  })

  test('that rotated take the tokens along that they signed', async () => {
    const world = await start([aProvider(one)])
    const before = await makeAccessToken(one)
    expect(await statusOf(world, '/one/x', before)).toBe(200)
    await rotate(one)
    expect(await statusOf(world, '/one/x', before)).toBe(200)
    expect(await statusOf(world, '/one/x', await makeAccessToken(one))).toBe(200)
    expect(await statusOf(world, '/one/x', before)).toBe(401)
  })

  test('are looked at now and then, also while all tokens are known', async () => {
    const world = await start([aProvider(one)])
    const before = await makeAccessToken(one, { claims: { exp: Date.now() / 1000 + 7200 } })
    expect(await statusOf(world, '/one/x', before)).toBe(200)
    await rotate(one)
    clock.forward(601)
    await until(async () => (await statusOf(world, '/one/x', before)) === 401)
  })

  test('that stay the same keep what is known, and a reading that fails keeps the keys', async () => {
    const world = await start([aProvider(one)])
    const token = await makeAccessToken(one, { claims: { exp: Date.now() / 1000 + 7200 } })
    expect(await statusOf(world, '/one/x', token)).toBe(200)
    one.answers.jwks = html(502)
    clock.forward(601)
    await until(() => one.counts.jwks === 2)
    expect(await statusOf(world, '/one/x', token)).toBe(200)
    expect(
      await statusOf(
        world,
        '/one/x',
        await makeAccessToken(one, { claims: { exp: Date.now() / 1000 + 7200 } }),
      ),
    ).toBe(200)
  })

  test('out of a file need no issuer at all, and no kid', async () => {
    const folder = stack.use(await createFolder())
    const { kid: _, ...withoutKid } = one.key.publicJwk
    const keys = [withoutKid, { kty: 'odd' }]
    const keysFile = await folder.write('keys.json', JSON.stringify({ keys }))
    const world = await start([aProvider(one, { keysFile })])
    const readiness = await world.browser().request(`${world.adminUrl}/readyz`)
    expect(readiness.status).toBe(200)
    await one.stop()
    expect(await statusOf(world, '/one/x', await makeAccessToken(one))).toBe(200)
    const forged = await makeAccessToken({ issuer: one.issuer, key: two.key })
    expect(await statusOf(world, '/one/x', forged)).toBe(401)
    expect(one.counts.metadata).toBe(0)
  })
})

describe('a policy', () => {
  test.each([
    ['a type', { types: ['at+jwt'] }, { header: { typ: undefined } }],
    ['an algorithm', { algorithms: ['RS256' as const] }, {}],
    ['a lifetime', { maximumLifetime: '1m' }, {}],
    ['a claim', { requiredClaims: { tenant: [] } }, {}],
    ['a value', { requiredClaims: { tenant: ['a', 'b'] } }, { claims: { tenant: ['c'] } }],
  ])('that asks for %s refuses tokens without, and only there', async (_name, bearer, twist) => {
    const world = await start([aProvider(one, bearer)])
    expect(await statusOf(world, '/one/x', await makeAccessToken(one, twist))).toBe(401)
    expect(world.upstream.requests).toEqual([])
    await using lenient = await start([aProvider(one)])
    expect(await statusOf(lenient, '/one/x', await makeAccessToken(one, twist))).toBe(200)
  })

  test('takes plain JWTs, media types in full, and any of its audiences', async () => {
    const world = await start([aProvider(one, { audiences: ['a', 'b'] })])
    for (const typ of ['JWT', 'application/at+jwt', undefined]) {
      const token = await makeAccessToken(one, { header: { typ }, claims: { aud: ['z', 'b'] } })
      expect(await statusOf(world, '/one/x', token)).toBe(200)
    }
  })

  test('lets a token that is over within the clock skew pass, and forgets it at its end', async () => {
    const world = await start([aProvider(one)])
    const token = await makeAccessToken(one)
    expect(await statusOf(world, '/one/x', token)).toBe(200)
    clock.forward(320)
    expect(await statusOf(world, '/one/x', token)).toBe(200)
    clock.forward(11)
    expect(await statusOf(world, '/one/x', token)).toBe(401)
  })
})

describe('who the caller is', () => {
  test.each([
    ['a client, where sub is its id', { sub: 'robot', client_id: 'robot' }, 'robot', 'robot'],
    ['a client, where there is no sub', { sub: undefined, client_id: 'robot' }, 'robot', 'robot'],
    [
      'a client, where azp names it',
      { sub: undefined, client_id: undefined, azp: 'robot' },
      'robot',
      'robot',
    ],
    ['a person, where sub is another', { sub: 'ada', client_id: 'app' }, 'ada', undefined],
  ])('%s', async (_name, claims, user, client) => {
    const world = await start([aProvider(one)])
    expect(await statusOf(world, '/one/x', await makeAccessToken(one, { claims }))).toBe(200)
    const seen = fieldsSeenBy(world.upstream.requests[0]!)
    expect(seen['x-forwarded-user']).toBe(user)
    expect(seen['x-forwarded-client-id']).toBe(client)
  })

  test('its scopes may be a text or a list, and scp is another name for them', async () => {
    const world = await start([aProvider(one)])
    for (const claims of [
      { scope: 'a b' },
      { scope: ['a', 'b'] },
      { scope: undefined, scp: 'a b' },
    ]) {
      expect(await statusOf(world, '/one/x', await makeAccessToken(one, { claims }))).toBe(200)
      expect(fieldsSeenBy(world.upstream.requests.at(-1)!)['x-forwarded-scope']).toBe('a b')
    }
  })

  test('no client can say so itself', async () => {
    const world = await start([aProvider(one)])
    const fields = [
      'Authorization',
      `Bearer ${await makeAccessToken(one, { claims: { sub: 'ada' } })}`,
      'X_Forwarded_Client_Id',
      'root',
      'X-Forwarded-Scope',
      'admin',
    ]
    await world.browser().request(`${world.publicUrl}/one/x`, { fields })
    const names = Object.keys(fieldsSeenBy(world.upstream.requests[0]!))
    expect(names.filter((name) => /client.id|scope/.test(name))).toEqual([])
  })
})
