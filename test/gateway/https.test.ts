import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rawExchange, type HttpClient } from '../support/httpClient.ts'
import { startWorld, type World } from '../support/world.ts'
import { asNavigation, fieldsSeenBy, open, problemOf, sessionCookiesOf } from './steps.ts'

const publicUrl = 'https://app.example.com'

// What a TLS terminator adds; the client of a world plays it.
const terminated = [
  ['X-Forwarded-For', '203.0.113.9'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'app.example.com'],
  ['X-Forwarded-Port', '443'],
].flat()

describe('behind a TLS terminator that is a trusted proxy', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({
      config: { publicUrl, listen: { trustedProxies: ['127.0.0.1/32'] } },
    })
  })
  afterAll(() => world.stop())

  test('a person is sent back to the https URL, and their session cookie is __Host-, Secure and HttpOnly', async () => {
    const { client, page } = await world.signIn('alice', '/orders')
    expect(page.url).toBe(`${publicUrl}/orders`)
    expect(page.status).toBe(200)
    expect(sessionCookiesOf(client)).toEqual(['__Host-postern'])
    expect(client.cookies.find('__Host-postern')).toMatchObject({
      isSecure: true,
      isHttpOnly: true,
      isHostOnly: true,
      path: '/',
      sameSite: 'Lax',
    })
  })

  test('a login in flight is kept in a cookie that is __Host- and Secure, too', async () => {
    const { setCookies } = await open(world.browser(), `${publicUrl}/orders`)
    expect(setCookies).toHaveLength(1)
    expect(setCookies[0]).toMatch(
      /^__Host-postern-login-[\w-]+=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/,
    )
  })

  test('the application is told the true client, scheme, host and port', async () => {
    const { client } = await world.signIn()
    await client.request(`${publicUrl}/x`, { fields: terminated })
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).toMatchObject({
      host: 'app.example.com',
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'app.example.com',
      'x-forwarded-port': '443',
      forwarded: 'for=203.0.113.9;host=app.example.com;proto=https, for=127.0.0.1',
    })
  })

  test('what stands left of an untrusted hop is not believed', async () => {
    const { client } = await world.signIn()
    const fields = ['X-Forwarded-For', '10.0.0.1, 198.51.100.7', 'X-Forwarded-Proto', 'https']
    await client.request(`${publicUrl}/x`, { fields })
    expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).toMatchObject({
      'x-forwarded-for': '198.51.100.7, 127.0.0.1',
      'x-forwarded-proto': 'https',
    })
  })

  test('a proxy that contradicts itself is refused', async () => {
    const fields = [...terminated, 'Forwarded', 'for=203.0.113.9;proto=http;host=app.example.com']
    const answer = await world.browser().request(`${publicUrl}/public/x`, { fields })
    expect(problemOf(answer).code).toBe('request_malformed')
  })

  test('the cookie of plain http opens nothing', async () => {
    const { client } = await world.signIn()
    const { value } = client.cookies.find('__Host-postern')!
    const fields = [...terminated, 'Cookie', `postern=${value}`]
    expect((await world.browser().request(`${publicUrl}/x`, { fields })).status).toBe(401)
  })

  test('signing out removes the cookie with the attributes that it was set with', async () => {
    const { client } = await world.signIn()
    const answer = await open(client, `${publicUrl}/.postern/logout`)
    expect(answer.setCookies).toContain(
      '__Host-postern=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
    )
    expect(sessionCookiesOf(client)).toEqual([])
    expect(new URL(answer.headers.location!).searchParams.get('post_logout_redirect_uri')).toBe(
      `${publicUrl}/.postern/logout`,
    )
  })

  test('a WebSocket is opened from the https origin alone', async () => {
    const { client } = await world.signIn()
    expect(await handshake(client, world, publicUrl)).toBe(101)
    expect(await handshake(client, world, 'http://app.example.com')).toBe(403)
  })
})

describe('with a peer that is not a trusted proxy', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.stop())

  test('no field of it about client, scheme, host or port is believed or passed on', async () => {
    const { client } = await world.signIn()
    const lies = ['Forwarded', 'for=203.0.113.9;proto=https', 'X-Real-IP', '203.0.113.9']
    await client.request(`${world.publicUrl}/x`, { fields: [...terminated, ...lies] })
    const recorded = world.upstream.requests.at(-1)!
    expect(fieldsSeenBy(recorded)).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `localhost:${world.port}`,
      'x-forwarded-port': String(world.port),
    })
    expect(recorded.rawHeaders.join()).not.toMatch(/203\.0\.113\.9|app\.example\.com|https/)
  })

  test('a sign-in does not come back to the host that it names', async () => {
    const fields = [...asNavigation, ...terminated]
    const answer = await world.browser().request(`${world.publicUrl}/x`, { fields })
    const redirectUri = new URL(answer.headers.location!).searchParams.get('redirect_uri')
    expect(redirectUri).toBe(`${world.publicUrl}/.postern/callback`)
    expect(answer.setCookies.join()).not.toContain('__Host-')
  })
})

async function handshake(client: HttpClient, world: World, origin: string): Promise<number> {
  const head = [
    'GET /echo HTTP/1.1',
    'Host: app.example.com',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Origin: ${origin}`,
    `Cookie: ${client.cookies.fieldFor(publicUrl)}`,
  ]
  const answer = await rawExchange(world.port, `${head.join('\r\n')}\r\n\r\n`, {
    until: (received) => received.includes('\r\n\r\n'),
  })
  return Number(answer.split(' ', 2)[1])
}
