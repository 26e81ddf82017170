// The whole gateway where it ends TLS itself: people sign in, machines call with tokens that are bound to their
// certificates, by a real issuer (RFC 8705).

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requestBoundToken, requestToken } from '../support/accessTokens.ts'
import {
  createAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../support/certificates.ts'
import { createHttpClient, rawExchange, type HttpClient } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, jsonOf, problemOf, sessionCookiesOf } from './steps.ts'

const publicUrl = 'https://app.example.com'
const api = 'https://api.example'
const opaqueApi = 'https://opaque.example'

let authority: TestAuthority
let machine: TestCertificate
let world: World

beforeAll(async () => {
  authority = createAuthority()
  machine = authority.sign('machine')
  const { certificate, key } = authority.sign('server')
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const client = { issuer, clientId: 'postern', clientSecret: 'postern-secret' }
  const asking = { validation: 'introspection' as const, audiences: [opaqueApi] }
  world = await startWorld({
    issuer: {
      port,
      apis: {
        [api]: { scope: 'invoices:read', format: 'jwt' },
        [opaqueApi]: { scope: 'invoices:read', format: 'opaque' },
      },
    },
    config: {
      publicUrl,
      protectedResources: [publicUrl],
      listen: {
        tls: {
          certificate,
          key,
          clientCertificates: { mode: 'request', ca: authority.file },
        },
      },
      providers: [
        { id: 'people', ...client },
        { id: 'jwt', issuer, bearer: { audiences: [api] } },
        { id: 'required', issuer, bearer: { audiences: [api], certificateBound: 'required' } },
        { id: 'opaque', ...client, signIn: false, bearer: asking },
      ],
    },
    routes: [
      ...['jwt', 'required', 'opaque'].map((id) => ({
        match: { path: `/${id}/**` },
        authenticate: ['bearer' as const],
        providers: [id],
        upstream: 'app',
      })),
      { match: { path: '/**' }, providers: ['people'], upstream: 'app' },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  authority[Symbol.dispose]()
})
beforeEach(() => void world.upstream.requests.splice(0))

function clientWith(certificate?: TestCertificate): HttpClient {
  const tls = { ca: authority.ca, ...certificate?.pair }
  return createHttpClient({ ports: { [publicUrl]: world.port }, tls })
}

const call = (client: HttpClient, path: string, token: string) =>
  client.request(publicUrl + path, { fields: ['Authorization', `Bearer ${token}`] })

test('a person signs in over TLS without a proxy, with cookies that only https has', async () => {
  const browser = clientWith()
  const form = await browser.navigate(`${publicUrl}/orders`)
  const page = await browser.submitForm(form, { login: 'alice', password: 'alice' })
  expect([page.url, page.status]).toEqual([`${publicUrl}/orders`, 200])
  expect(sessionCookiesOf(browser)).toEqual(['__Host-postern'])
  expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).toMatchObject({
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '443',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-user': 'alice',
  })
})

describe('a token that is bound to a certificate', () => {
  test.each([
    ['jwt', api],
    ['required', api],
    ['opaque', opaqueApi],
  ])('is good on /%s in the hands of who has the key, again and again', async (path, resource) => {
    const token = await requestBoundToken(world.issuer, machine, resource)
    const client = clientWith(machine)
    for (let sent = 0; sent < 3; sent += 1)
      expect((await call(client, `/${path}/x`, token)).status).toBe(200)
    expect(world.upstream.requests).toHaveLength(3)
    const seen = fieldsSeenBy(world.upstream.requests[0]!)
    expect(seen).toMatchObject({ 'x-forwarded-user': 'bound', 'x-forwarded-client-id': 'bound' })
    expect(seen).not.toHaveProperty('authorization')
  })

  test('opens a WebSocket', async () => {
    const token = await requestBoundToken(world.issuer, machine, api)
    const head = [
      'GET /jwt/echo HTTP/1.1',
      'Host: app.example.com',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Authorization: Bearer ${token}`,
    ]
    const open = (certificate?: TestCertificate) =>
      rawExchange(world.port, `${head.join('\r\n')}\r\n\r\n`, {
        until: (received) => received.includes('\r\n\r\n'),
        tls: { ca: authority.ca, ...certificate?.pair },
      })
    expect(await open(machine)).toMatch(/^HTTP\/1\.1 101 /)
    expect(await open()).toMatch(/^HTTP\/1\.1 401 /)
  })
})

test('RFC 9728 2: callers can find out that tokens may be bound to certificates', async () => {
  const url = `${publicUrl}/.well-known/oauth-protected-resource`
  expect(jsonOf(await clientWith().request(url))).toMatchObject({
    resource: publicUrl,
    tls_client_certificate_bound_access_tokens: true,
  })
})

test('a token that is bound to nothing counts, unless the provider requires it to be', async () => {
  const token = await requestToken(world.issuer, { resource: api })
  expect((await call(clientWith(), '/jwt/x', token)).status).toBe(200)
  const refused = await call(clientWith(machine), '/required/x', token)
  expect([refused.status, problemOf(refused).code]).toEqual([401, 'invalid_token'])
  expect(world.upstream.requests).toHaveLength(1)
})
