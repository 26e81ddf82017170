// Files that change while the gateway runs: no restart, no sign-in and no token that fails.

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import { createFolder, type Folder } from '../support/folder.ts'
import { startFormWorld } from '../support/formWorld.ts'
import { createSigningKey, startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { signInAtRogue } from './rogue.ts'
import { until } from './steps.ts'

let stack: AsyncDisposableStack
let folder: Folder
let rogue: RogueIssuer

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  folder = stack.use(await createFolder())
  rogue = stack.use(await startRogueIssuer())
})
afterEach(() => stack.disposeAsync())

async function start(provider: Partial<ConfigInput['providers'][number]>): Promise<World> {
  const client = { id: 'rogue', issuer: rogue.issuer, scopes: ['openid'] }
  return stack.use(
    await startWorld({
      config: { providers: [{ ...client, ...provider }] },
      routes: [
        { match: { path: '/api/**' }, authenticate: ['bearer'], upstream: 'app' },
        ...(provider.clientId === undefined ? [] : [{ match: { path: '/**' }, upstream: 'app' }]),
      ],
    }),
  )
}

async function statusOf(world: World, token: string): Promise<number> {
  const fields = ['Authorization', `Bearer ${token}`]
  return (await world.browser().request(`${world.publicUrl}/api/x`, { fields })).status
}

const basic = (secret: string): string =>
  `Basic ${Buffer.from(`postern:${secret}`).toString('base64')}`

test('the client secret: sign-ins and questions about tokens go by the new one', async () => {
  const file = await folder.write('secret', 'first\n')
  const exp = Math.floor(Date.now() / 1000) + 300
  rogue.introspection = { active: true, sub: 'a', aud: rogueApi, exp, token_type: 'Bearer' }
  const world = await start({
    clientId: 'postern',
    clientSecret: { file },
    bearer: {
      validation: 'introspection',
      audiences: [rogueApi],
      introspection: { cacheTime: '0s' },
    },
  })
  await signInAtRogue(world, rogue)
  expect(await statusOf(world, 'opaque')).toBe(200)

  await folder.write('secret', 'second\n')
  await until(async () => {
    expect(await statusOf(world, 'opaque')).toBe(200)
    return rogue.introspectionRequests.at(-1)?.authorization === basic('second')
  }, 25_000)
  await signInAtRogue(world, rogue)
  expect(rogue.introspectionRequests[0]?.authorization).toBe(basic('first'))
  expect(rogue.tokenRequests.map(({ authorization }) => authorization)).toEqual([
    basic('first'),
    basic('second'),
  ])
  expect(world.logText()).toContain('providers.rogue.clientSecret')
  expect(world.logText()).not.toContain('second')
}, 90_000)

test('the file of keys: a key that is gone counts no longer, whatever is known of its tokens', async () => {
  const write = (...keys: unknown[]) => folder.write('keys.json', JSON.stringify({ keys }))
  const former = rogue.key
  const next = await createSigningKey()
  const keysFile = await write(former.publicJwk)
  const world = await start({ bearer: { audiences: [rogueApi], keysFile } })
  const known = await makeAccessToken(rogue)
  const fresh = await makeAccessToken({ issuer: rogue.issuer, key: next })
  expect(await statusOf(world, known)).toBe(200)
  expect(await statusOf(world, fresh)).toBe(401)

  await folder.write('keys.json', '{"keys":[]}')
  await until(() => world.logText().includes('has no key that can be used'), 25_000)
  expect(await statusOf(world, known)).toBe(200)

  await write(former.publicJwk, next.publicJwk)
  await until(async () => (await statusOf(world, fresh)) === 200, 25_000)
  expect(await statusOf(world, known)).toBe(200)

  await write(next.publicJwk)
  await until(async () => (await statusOf(world, known)) === 401, 25_000)
  expect(await statusOf(world, fresh)).toBe(200)
}, 90_000)

test('the password that a form is replayed with: the next form has the new one, unless no form could carry it', async () => {
  const file = await folder.write('replayed', 'first\n')
  const app = stack.use(
    await startFormWorld({ form: { success: { replay: { password: { file } } } } }),
  )
  const replayed = async () => {
    expect((await app.post('login=alice&passwd=alice')).status).toBe(200)
    return app.bodies.at(-1)!.toString()
  }
  expect(await replayed()).toBe('login=alice&passwd=first')

  await folder.write('replayed', 'pässwörd of the app')
  await until(() => app.world.logText().includes('every form can carry these'), 25_000)
  expect(await replayed()).toBe('login=alice&passwd=first')

  await folder.write('replayed', 'second')
  await until(async () => (await replayed()) === 'login=alice&passwd=second', 25_000)
  expect(app.world.logText()).toContain('routes[0].signInForm.success.replay.password')
  expect(app.world.logText()).not.toContain('of the app')
})
