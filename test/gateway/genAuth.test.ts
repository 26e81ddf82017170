// GenAuth as its tenants see it: the issuer under `/oidc`, its endpoints below, machine accounts with an AK and an
// SK, permissions such as `book:*`. All ways in at once, beside it.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../support/ports.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, problemOf, until } from './steps.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../support/machineProgram.ts', import.meta.url))

const jwtApi = 'https://books.example'
const opaqueApi = 'https://shelves.example'
const accessKey = '64f0c2a9b1d3e5f708192a3b'
const secretKey = 'e7d0c1b2a394857667584930a1b2c3d4'

let world: World

beforeAll(async () => {
  const port = await freePort()
  const gatewayPort = await freePort()
  const issuer = `http://localhost:${port}/oidc`
  const client = { issuer, clientId: 'postern', clientSecret: 'postern-secret' }
  const scope = 'book:* book:read book:1:read shelf:*'
  const ways = ['bearer' as const, 'client-credentials' as const]
  world = await startWorld({
    port: gatewayPort,
    issuer: {
      port,
      path: '/oidc',
      apis: { [jwtApi]: { scope, format: 'jwt' }, [opaqueApi]: { scope, format: 'opaque' } },
      clients: [
        {
          client_id: 'postern',
          client_secret: 'postern-secret',
          redirect_uris: [`http://localhost:${gatewayPort}/.postern/callback`],
          post_logout_redirect_uris: [`http://localhost:${gatewayPort}/.postern/logout`],
          grant_types: ['authorization_code', 'refresh_token'],
        },
        {
          client_id: accessKey,
          client_secret: secretKey,
          redirect_uris: [],
          response_types: [],
          grant_types: ['client_credentials'],
        },
      ],
    },
    config: {
      providers: [
        { id: 'people', ...client },
        {
          id: 'machines',
          issuer,
          scopeWildcards: true,
          bearer: { audiences: [jwtApi] },
          clientCredentials: { resource: jwtApi },
        },
        {
          id: 'opaque',
          ...client,
          signIn: false,
          scopeWildcards: true,
          bearer: { audiences: [opaqueApi], validation: 'introspection' },
          clientCredentials: { resource: opaqueApi },
        },
      ],
    },
    routes: [
      ...['machines', 'opaque'].flatMap((id) => [
        {
          match: { path: `/${id}/books/**` },
          authenticate: ways,
          providers: [id],
          require: { scopes: ['book:1:read'] },
          clientCredentials: { scopes: ['book:*'] },
          upstream: 'app',
        },
        {
          match: { path: `/${id}/shelves/**` },
          authenticate: ways,
          providers: [id],
          require: { scopes: ['shelf:1:write'] },
          clientCredentials: { scopes: ['book:*'] },
          upstream: 'app',
        },
      ]),
      {
        match: { path: '/named/**' },
        authenticate: ['session', ...ways],
        providers: ['people', 'machines'],
        clientCredentials: { scopes: ['book:*'] },
        identity: {
          preset: 'none',
          headers: { 'X-Client': 'client_id', 'X-Sub': 'sub', 'X-Iss': 'iss', 'X-Scope': 'scope' },
        },
        upstream: 'app',
      },
      { match: { path: '/**' }, providers: ['people'], upstream: 'app' },
    ],
  })
  await until(
    async () => (await world.browser().request(`${world.adminUrl}/readyz`)).status === 200,
  )
})
afterAll(() => world.stop())
beforeEach(() => void world.upstream.requests.splice(0))

function callWithKeys(path: string, secret = secretKey): Promise<HttpAnswer> {
  const value = `Basic ${Buffer.from(`${accessKey}:${secret}`).toString('base64')}`
  return world.browser().request(world.publicUrl + path, { fields: ['Authorization', value] })
}

async function runMachine(path: string, parameters: Record<string, string>) {
  const { issuer } = world.issuer
  const query = new URLSearchParams(parameters).toString()
  const url = `http://localhost:${world.port}${path}`
  const { stdout } = await run(process.execPath, [
    program,
    issuer,
    accessKey,
    secretKey,
    url,
    query,
  ])
  const printed: unknown = JSON.parse(stdout)
  return printed
}

describe('a client library in a process of its own', () => {
  test.each([
    ['machines', jwtApi],
    ['opaque', opaqueApi],
  ])('gets a token from the issuer and calls through with it (%s)', async (id, resource) => {
    const result = await runMachine(`/${id}/books/1`, { resource, scope: 'book:*' })
    expect(result).toMatchObject({ status: 200 })
    const seen = fieldsSeenBy(world.upstream.requests[0]!)
    expect(seen).toMatchObject({
      'x-forwarded-client-id': accessKey,
      'x-forwarded-scope': 'book:*',
    })
    expect(seen).not.toHaveProperty('authorization')
  })
})

describe('a machine account', () => {
  test.each(['machines', 'opaque'])(
    'may what its wildcard covers, and no more (%s)',
    async (id) => {
      expect((await callWithKeys(`/${id}/books/1`)).status).toBe(200)
      const answer = await callWithKeys(`/${id}/shelves/1`)
      expect([answer.status, problemOf(answer).code]).toEqual([403, 'insufficient_scope'])
      expect((await callWithKeys(`/${id}/books/1`, 'another')).status).toBe(401)
      expect(world.upstream.requests.map(({ url }) => url)).toEqual([`/${id}/books/1`])
    },
  )

  test('is told of by the same names as a person, whatever it came with', async () => {
    expect((await callWithKeys('/named/x')).status).toBe(200)
    await runMachine('/named/x', { resource: jwtApi, scope: 'book:*' })
    const { client } = await world.signIn('alice', '/named/x')
    expect((await client.request(`${world.publicUrl}/named/y`)).status).toBe(200)
    const [keys, token, person] = world.upstream.requests.map((request) => fieldsSeenBy(request))
    const machine = {
      'x-client': accessKey,
      'x-sub': accessKey,
      'x-iss': world.issuer.issuer,
      'x-scope': 'book:*',
    }
    expect(keys).toMatchObject(machine)
    expect(token).toMatchObject(machine)
    expect(person).toMatchObject({ 'x-sub': 'alice', 'x-iss': world.issuer.issuer })
    expect(person!['x-scope']).toContain('openid')
    // Because no client but the gateway itself stands between a person and the application.
    expect(person).not.toHaveProperty('x-client')
  })
})

test('a person signs in under /oidc/auth and out under /oidc/session/end', async () => {
  const { client, page } = await world.signIn('alice', '/orders')
  expect([page.status, page.url]).toEqual([200, `${world.publicUrl}/orders`])
  const answer = await client.request(`${world.publicUrl}/.postern/logout`)
  expect(answer.headers.location).toContain(`${world.issuer.issuer}/session/end?`)
})
