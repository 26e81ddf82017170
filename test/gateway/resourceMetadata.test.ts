// Protected resource metadata (RFC 9728): what a caller finds out before it has a token.

import { afterEach, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { freePort } from '../support/ports.ts'
import { startWorld, type World } from '../support/world.ts'
import { asNavigation, jsonOf, problemOf } from './steps.ts'

let world: World
afterEach(() => world.stop())

const wellKnown = '/.well-known/oauth-protected-resource'

interface Options {
  /** Below the public URL. */
  readonly resources?: readonly string[]
  readonly dpop?: object
  readonly invoices?: Partial<ConfigInput['routes'][number]>
}

async function start({ resources = [], dpop, invoices }: Options = {}): Promise<void> {
  const port = await freePort()
  const issuer = (id: string) => ({
    id,
    issuer: `https://${id}.example`,
    bearer: { audiences: ['x'], ...(dpop === undefined ? {} : { dpop }) },
  })
  const route = (path: string, further: Partial<ConfigInput['routes'][number]>) => ({
    match: { path },
    authenticate: ['bearer' as const],
    upstream: 'app',
    ...further,
  })
  world = await startWorld({
    port,
    config: {
      providers: [issuer('one'), issuer('two'), issuer('three')],
      ...(resources.length === 0
        ? {}
        : { protectedResources: resources.map((path) => `http://localhost:${port}${path}`) }),
    },
    routes: [
      route('/invoices/**', {
        providers: ['one', 'two'],
        require: { scopes: ['invoices:read'], anyOf: [{ scopes: { anyOf: ['a', 'b'] } }] },
        ...invoices,
      }),
      route('/invoices/paid/**', {
        providers: ['one'],
        require: { scopes: ['invoices:read', 'paid:read'], not: { scopes: ['tests'] } },
      }),
      route('/stock/**', { providers: ['three'], require: { scopes: ['stock:read'] } }),
      route('/**', { access: 'public', authenticate: undefined }),
    ],
  })
}

const ask = (path: string, fields: readonly string[] = [], method = 'GET') =>
  world.browser().request(world.publicUrl + path, { fields, method })

const challengeOf = async (path: string) => (await ask(path)).headers['www-authenticate']

test('unless it is configured, the address is the application’s', async () => {
  await start()
  const path = `${wellKnown}/invoices`
  expect((await ask(path)).status).toBe(200)
  expect(world.upstream.requests.map(({ url }) => url)).toEqual([path])
  expect(await challengeOf('/invoices/7')).toBe(`Bearer realm="${world.publicUrl}"`)
})

test('an API says whose tokens it takes, with which scopes, and where it says so', async () => {
  await start({ resources: ['/invoices'] })
  const answer = await ask(`${wellKnown}/invoices`)
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toContain('application/json')
  expect(answer.headers['access-control-allow-origin']).toBe('*')
  expect(jsonOf(answer)).toEqual({
    resource: `${world.publicUrl}/invoices`,
    authorization_servers: ['https://one.example', 'https://two.example'],
    scopes_supported: ['invoices:read', 'a', 'b', 'paid:read'],
    bearer_methods_supported: ['header'],
  })
  const metadata = `resource_metadata="${world.publicUrl}${wellKnown}/invoices"`
  expect(await challengeOf('/invoices/7')).toBe(`Bearer realm="${world.publicUrl}", ${metadata}`)
  expect(await challengeOf('/stock/7')).toBe(`Bearer realm="${world.publicUrl}"`)
  expect(world.upstream.requests).toEqual([])
})

test('the rest of /.well-known stays with the application, and so does the address on other hosts', async () => {
  await start({ resources: ['/invoices'] })
  for (const path of [wellKnown, `${wellKnown}/stock`, `${wellKnown}/invoices/x`]) {
    expect((await ask(path)).status).toBe(200)
  }
  const host = ['Host', 'other.example']
  expect((await ask(`${wellKnown}/invoices`, host)).status).toBe(200)
  expect(world.upstream.requests).toHaveLength(4)
})

test('each route belongs to the API with the longest path, and the root to all others', async () => {
  await start({ resources: ['', '/invoices/paid'] })
  expect(jsonOf(await ask(wellKnown))).toMatchObject({
    resource: world.publicUrl,
    authorization_servers: ['https://one.example', 'https://two.example', 'https://three.example'],
    scopes_supported: ['invoices:read', 'a', 'b', 'stock:read'],
  })
  expect(jsonOf(await ask(`${wellKnown}/invoices/paid`))).toMatchObject({
    authorization_servers: ['https://one.example'],
    scopes_supported: ['invoices:read', 'paid:read'],
  })
  expect(await challengeOf('/stock/7')).toContain(
    `resource_metadata="${world.publicUrl}${wellKnown}"`,
  )
  expect(await challengeOf('/invoices/paid/7')).toContain(
    `resource_metadata="${world.publicUrl}${wellKnown}/invoices/paid"`,
  )
})

test('proofs of possession and a token in the query are told of', async () => {
  await start({
    resources: ['/invoices'],
    dpop: { required: true, algorithms: ['ES256'] },
    invoices: { bearerMethods: { query: true } },
  })
  expect(jsonOf(await ask(`${wellKnown}/invoices`))).toMatchObject({
    bearer_methods_supported: ['header', 'query'],
    dpop_signing_alg_values_supported: ['ES256'],
    dpop_bound_access_tokens_required: true,
  })
  expect(await challengeOf('/invoices/7')).toBe(
    `DPoP realm="${world.publicUrl}", algs="ES256", resource_metadata="${world.publicUrl}${wellKnown}/invoices"`,
  )
})

test('only reads are answered, and a page is never sent to sign in for it', async () => {
  await start({ resources: ['/invoices'] })
  const path = `${wellKnown}/invoices`
  const refused = await ask(path, [], 'POST')
  expect([refused.status, problemOf(refused).code]).toEqual([405, 'method_not_allowed'])
  expect((await ask(path, [], 'HEAD')).status).toBe(200)
  expect((await ask(path, asNavigation)).status).toBe(200)
  expect((await ask(`${path}?x=1`)).status).toBe(200)
  expect((await ask('/.postern/.well-known/oauth-protected-resource/invoices')).status).toBe(404)
  expect(world.upstream.requests).toEqual([])
})
