import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rawExchange } from '../../support/httpClient.ts'
import { startRedis, type RedisServer } from '../../support/redis.ts'
import { startWorld, type Browser, type World, type WorldOptions } from '../endpoints/world.ts'

let world: World
let browser: Browser
const routes: WorldOptions['routes'] = [
  { match: { path: '/**' }, upstream: 'app' },
  { match: { path: '/public/**' }, upstream: 'app', access: 'public' },
  { match: { path: '/optional/**' }, upstream: 'app', access: 'optional' },
  { match: { path: '/cors/**' }, upstream: 'app', preflight: 'upstream' },
  {
    match: { path: '/partners/**' },
    upstream: 'app',
    websocketOrigins: ['https://partner.example'],
  },
]
beforeEach(async () => {
  world = await startWorld({ routes })
  browser = world.browser()
})
afterEach(() => world[Symbol.asyncDispose]())

const preflight = (path: string, fields: readonly string[] = []) =>
  browser.request(world.origin + path, {
    method: 'OPTIONS',
    fields: ['Origin', 'https://a.example', 'Access-Control-Request-Method', 'PUT', ...fields],
  })

describe('who is calling', () => {
  test('is known on a signed-in route, and stands in the record', async () => {
    await browser.signIn('/')
    expect((await browser.go('/orders')).json()).toMatchObject({ subject: 'alice' })
    const [live] = world.sessions.live.values()
    expect(world.records.at(-1)).toMatchObject({ principal: 'alice', sessionId: live!.id })
  })

  test('is told on an optional route where someone is signed in, else it is nobody', async () => {
    expect((await browser.go('/optional/x')).json()).toMatchObject({ subject: null })
    await browser.signIn('/')
    expect((await browser.go('/optional/x')).json()).toMatchObject({ subject: 'alice' })
  })

  test('is nobody in a preflight that the route passes on, signed in or not', async () => {
    await browser.signIn('/')
    expect((await preflight('/cors/x')).json()).toMatchObject({ subject: null })
  })

  test('is asked for in a preflight that the route does not pass on', async () => {
    expect((await preflight('/orders')).status).toBe(401)
  })

  test('is the same principal for as long as the session is, and no promise', async () => {
    await browser.signIn('/')
    await browser.go('/1')
    await browser.go('/2')
    const [one, other] = world.authenticated.slice(-2)
    expect(one!.principal).toBe(other!.principal)
    expect(one!.principal).toMatchObject({ kind: 'person', providerId: 'main', subject: 'alice' })
    expect(one!.wasPromise).toBe(false)
  })

  test('takes along the cookie of a session that is kept in it and was used', async () => {
    await using other = await startWorld({ routes, store: 'cookie' })
    browser = other.browser()
    await browser.signIn('/')
    other.clock.offset += 600
    const answer = await browser.go('/orders')
    expect(answer.json()).toMatchObject({ subject: 'alice' })
    expect(answer.setCookies.join()).toMatch(/^postern(\.0)?=/)
  })
})

describe('who is calling, with sessions in Redis,', () => {
  let redis: RedisServer
  beforeEach(async () => {
    await world[Symbol.asyncDispose]()
    redis = await startRedis()
    world = await startWorld({ routes, redis })
    browser = world.browser()
    await browser.signIn('/')
    // Because what was read a moment ago is not read again.
    world.clock.offset += 6
  })
  afterEach(() => redis.stop())

  test('is the same principal when Redis has been asked again', async () => {
    await browser.go('/1')
    world.clock.offset += 6
    await browser.go('/2')
    const [one, other] = world.authenticated.slice(-2)
    expect(one!.wasPromise).toBe(true)
    expect(other).toEqual(one)
    expect(other!.principal).toBe(one!.principal)
  })

  test('is not known while Redis is away: 503, never anonymous', async () => {
    await redis.kill()
    expect((await browser.go('/orders')).status).toBe(503)
    expect((await browser.go('/optional/x')).status).toBe(503)
  })

  test('is nobody where nobody is asked for: the cookie is not even looked at', async () => {
    await redis.kill()
    expect((await browser.go('/public/x')).json()).toMatchObject({ subject: null })
    expect(world.records.at(-1)!.principal).toBeUndefined()
    expect((await preflight('/cors/x')).json()).toMatchObject({ subject: null })
  })
})

describe('a request that needs a sign-in and has none', () => {
  test('is 401 for a script, with the way to sign in', async () => {
    const answer = await browser.request(`${world.origin}/orders?page=2`)
    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({ login_url: '/.postern/login?rd=%2Forders%3Fpage%3D2' })
  })

  test('is not turned from a POST into a GET: a page says that nothing was delivered', async () => {
    const answer = await browser.request(`${world.origin}/orders/1/delete`, {
      method: 'POST',
      body: 'a=b',
      fields: ['Accept', 'text/html', 'Referer', `${world.origin}/orders/1`],
    })
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('was not delivered')
    expect(answer.text).toContain('href="/.postern/login?rd=%2Forders%2F1"')
  })
})

describe('a WebSocket with a session', () => {
  test.each([
    ['/orders', () => world.origin, 200],
    ['/orders', () => 'https://evil.example', 403],
    ['/orders', () => 'null', 403],
    ['/orders', () => undefined, 403],
    ['/orders', () => 'https://partner.example', 403],
    ['/partners/x', () => 'https://partner.example', 200],
    ['/partners/x', () => 'https://partner.example.evil.example', 403],
    ['/optional/x', () => 'https://evil.example', 403],
    ['/public/x', () => 'https://evil.example', 200],
  ])('at %s from %s', async (path, toOrigin, status) => {
    await browser.signIn('/')
    const origin = toOrigin()
    const cookie = `Cookie: ${browser.cookies.fieldFor(world.origin)}`
    expect(await openWebSocket(path, origin, cookie)).toBe(status)
  })

  test.each([
    [undefined, 'no Origin'],
    ['https://evil.example:8443', 'Origin https://evil.example:8443 is not allowed'],
    ['null', 'Origin null is not allowed'],
    ['https://evil.example/?code=secret', 'an Origin that is none'],
    [`https://${'x'.repeat(200)}`, 'an Origin that is none'],
  ])(
    'that comes from %s says so in the log, and which setting to look at',
    async (origin, words) => {
      await browser.signIn('/')
      await openWebSocket('/orders', origin, `Cookie: ${browser.cookies.fieldFor(world.origin)}`)
      await expect
        .poll(() => world.records.at(-1)?.detail)
        .toBe(`a WebSocket with a cookie: ${words}; see websocketOrigins`)
    },
  )

  test('without a session needs no Origin on an optional route', async () => {
    expect(await openWebSocket('/optional/x', undefined, 'X-Nothing: 1')).toBe(200)
  })
})

/** The status of the answer to an upgrade; 200 stands for one that was let through. */
async function openWebSocket(
  path: string,
  origin: string | undefined,
  field: string,
): Promise<number> {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${world.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    field,
    ...(origin === undefined ? [] : [`Origin: ${origin}`]),
  ]
  const text = await rawExchange(world.port, `${lines.join('\r\n')}\r\n\r\n`, {
    until: (received) => received.includes('\r\n\r\n'),
  })
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
}
