import type { ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/ports.ts'
import { startWorld, usualRoutes, type World } from '../support/world.ts'
import {
  asNavigation,
  asScript,
  fieldsSeenBy,
  followRequests,
  jsonOf,
  open,
  problemOf,
} from './steps.ts'

type ClientAuthentication = 'client_secret_basic' | 'client_secret_post' | 'none'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

describe('a person who opens a page', () => {
  test('is sent to the issuer with everything that RFC 6749, RFC 7636 and OpenID Connect ask for', async () => {
    const answer = await open(world.browser(), `${world.publicUrl}/orders`)
    expect(answer.status).toBe(302)
    expect(answer.headers['cache-control']).toBe('no-store')
    const { origin, pathname, searchParams } = new URL(answer.headers.location!)
    expect(origin + pathname).toBe(`${world.issuer.issuer}/auth`)
    expect(Object.fromEntries(searchParams)).toEqual({
      response_type: 'code',
      client_id: 'postern',
      redirect_uri: `${world.publicUrl}/.postern/callback`,
      scope: 'openid profile email groups offline_access',
      state: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      code_challenge_method: 'S256',
    })
  })

  test('comes back to the public URL, whatever Host or X-Forwarded-Host says', async () => {
    const fields = [...asNavigation, 'Host', 'evil.example', 'X-Forwarded-Host', 'worse.example']
    const browser = world.browser()
    const moved = await browser.request(`${world.publicUrl}/orders`, { fields })
    expect(moved.headers.location).toMatch(`${world.publicUrl}/.postern/login?rd=%2Forders`)
    const answer = await browser.request(moved.headers.location!, { fields })
    const location = new URL(answer.headers.location!)
    expect(location.searchParams.get('redirect_uri')).toBe(`${world.publicUrl}/.postern/callback`)
    expect(moved.rawHeaders.concat(answer.rawHeaders).join()).not.toMatch(/evil|worse/)
  })

  test('is shown the very address that they asked for once signed in, query included', async () => {
    const target = '/reports/2024%2D01?from=a%20b&to=%C3%A9&x=1&x=2&empty='
    const { page } = await world.signIn('alice', target)
    expect(page.status).toBe(200)
    expect(page.json()).toMatchObject({ method: 'GET', url: target })
  })

  test('may have several pages open that all ask for a sign-in', async () => {
    const client = world.browser()
    const tabs = ['/one', '/two', '/three']
    const forms = []
    for (const tab of tabs) forms.push(await client.navigate(world.publicUrl + tab))
    const pages = []
    for (const form of forms.toReversed()) {
      // Because the issuer knows the person after the first form, the others need no password.
      pages.push(await client.submitForm(form, { login: 'alice', password: 'alice' }))
    }
    expect(pages.map((page) => jsonOf(page)['url'])).toEqual(tabs.toReversed())
  })

  test('is told who they are by the application, in exactly the default headers', async () => {
    const { client } = await world.signIn('alice', '/headers')
    const { value } = client.cookies.find('postern')!
    // Because the issuer's cookies are for the same host, a client with our cookie alone asks.
    const fields = ['X-Own', 'kept', 'Cookie', `theme=dark; postern=${value}`]
    await world.browser().request(`${world.publicUrl}/again`, { fields })
    const seen = fieldsSeenBy(world.upstream.requests.at(-1)!)
    const own = `localhost:${world.port}`
    expect(seen).toEqual({
      host: own,
      'x-own': 'kept',
      cookie: 'theme=dark',
      via: expect.stringMatching(/^1\.1 postern-[0-9a-f]{12}$/) as unknown,
      connection: 'keep-alive',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': own,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(world.port),
      forwarded: `for=127.0.0.1;host="${own}";proto=http`,
      'x-forwarded-user': 'alice',
      'x-forwarded-email': 'alice@example.com',
      'x-forwarded-groups': 'staff,admins',
      'x-forwarded-preferred-username': 'alice',
    })
  })
})

describe('a request that nobody would see the sign-in form of', () => {
  test.each<[string, string, readonly string[]]>([
    ['fetch', 'GET', asScript],
    ['XMLHttpRequest', 'GET', [...asNavigation, 'X-Requested-With', 'XMLHttpRequest']],
    [
      'an image',
      'GET',
      ['Accept', 'image/*', 'Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image'],
    ],
    ['an object', 'GET', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'object']],
    ['a prefetch', 'GET', [...asNavigation, 'Sec-Purpose', 'prefetch']],
    ['a prerender', 'GET', [...asNavigation, 'Sec-Purpose', 'prefetch;prerender']],
    ['an old prefetch', 'GET', [...asNavigation, 'Purpose', 'prefetch']],
    ['curl', 'GET', ['Accept', '*/*']],
    ['a client without Accept', 'GET', []],
    ['a POST', 'POST', asNavigation],
    ['a DELETE', 'DELETE', asScript],
    ['a HEAD', 'HEAD', asNavigation],
    [
      'a CORS preflight',
      'OPTIONS',
      ['Origin', 'https://x.example', 'Access-Control-Request-Method', 'GET'],
    ],
  ])('gets 401 and starts no login: %s', async (_name, method, fields) => {
    const before = world.upstream.requests.length
    const answer = await world
      .browser()
      .request(`${world.publicUrl}/orders?a=1`, { method, fields })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${world.publicUrl}"`)
    expect(answer.headers.location).toBeUndefined()
    expect(answer.setCookies).toEqual([])
    expect(world.upstream.requests).toHaveLength(before)
  })

  test('is told as problem+json where a sign-in starts', async () => {
    const answer = await world
      .browser()
      .request(`${world.publicUrl}/orders?a=1`, { fields: asScript })
    expect(problemOf(answer)).toEqual({
      code: 'login_required',
      loginUrl: `/.postern/login?rd=${encodeURIComponent('/orders?a=1')}`,
    })
    const { page } = await signInFrom(String(problemOf(answer).loginUrl))
    expect(page.json()).toMatchObject({ url: '/orders?a=1' })
  })

  test('a form that a signed-out person sends is answered with a page, and is not delivered', async () => {
    const before = world.upstream.requests.length
    const answer = await world.browser().request(`${world.publicUrl}/orders`, {
      method: 'POST',
      fields: [...asNavigation, 'Referer', `${world.publicUrl}/orders/new`],
      body: 'amount=5',
    })
    expect(answer.status).toBe(401)
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    expect(answer.text).toContain(`/.postern/login?rd=${encodeURIComponent('/orders/new')}`)
    expect(world.upstream.requests).toHaveLength(before)
  })

  test.each<[string, readonly string[]]>([
    ['in a frame', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe']],
    ['in a browser without Fetch Metadata', ['Accept', 'text/html']],
  ])('but a person %s is sent to the issuer', async (_name, fields) => {
    const answer = await world.browser().request(`${world.publicUrl}/orders`, { fields })
    expect(answer.status).toBe(302)
  })
})

async function signInFrom(path: string, who = 'alice') {
  const client = world.browser()
  const form = await client.navigate(world.publicUrl + path)
  return { client, page: await client.submitForm(form, { login: who, password: who }) }
}

describe('a person whom the policy does not let in', () => {
  test('reads a page that says so, with a way out, and the application hears nothing', async () => {
    const { client } = await world.signIn('bob')
    const before = world.upstream.requests.length
    const requests = followRequests(world)
    const page = await open(client, `${world.publicUrl}/admin/users`)
    expect(page.status).toBe(403)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.text).toContain('access_denied')
    expect(page.text).toContain('/.postern/logout')
    expect(page.text).not.toContain('admins')
    expect(world.upstream.requests).toHaveLength(before)
    expect(await requests.next()).toEqual([
      expect.objectContaining({
        status: 403,
        principal: 'bob',
        refusal: 'access_denied',
        detail: 'require.groups: claim groups fails anyOf',
      }),
    ])
  })

  test('a script of theirs reads problem+json, without a challenge to sign in', async () => {
    const { client } = await world.signIn('bob')
    const answer = await client.request(`${world.publicUrl}/admin/users`, { fields: asScript })
    expect(answer.status).toBe(403)
    expect(problemOf(answer)).toEqual({ code: 'access_denied', loginUrl: undefined })
    expect(answer.headers['www-authenticate']).toBeUndefined()
  })
})

describe('the own endpoints', () => {
  test.each([
    ['login', 'HEAD', 'GET'],
    ['login', 'POST', 'GET'],
    ['callback', 'HEAD', 'GET'],
    ['callback', 'PUT', 'GET'],
    ['logout', 'HEAD', 'GET, POST'],
    ['logout', 'DELETE', 'GET, POST'],
    ['session', 'POST', 'GET, HEAD'],
    ['session', 'OPTIONS', 'GET, HEAD'],
  ])('/.postern/%s answers %s with 405', async (endpoint, method, allow) => {
    const answer = await world
      .browser()
      .request(`${world.publicUrl}/.postern/${endpoint}`, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe(allow)
  })

  test('a callback asked for by HEAD redeems nothing', async () => {
    const client = world.browser()
    const { searchParams } = new URL((await open(client, world.publicUrl)).headers.location!)
    const tokens = world.issuer.counts.token
    const state = searchParams.get('state')
    const url = `${world.publicUrl}/.postern/callback?code=x&state=${state}`
    expect((await client.request(url, { method: 'HEAD' })).status).toBe(405)
    expect(world.issuer.counts.token).toBe(tokens)
  })

  test.each(['/.postern', '/.postern/', '/.postern/nothing', '/.postern/login/x'])(
    '%s is not there, and never the application',
    async (path) => {
      const { client } = await world.signIn()
      const before = world.upstream.requests.length
      const answer = await client.request(world.publicUrl + path, { fields: asScript })
      expect(answer.status).toBe(404)
      expect(world.upstream.requests).toHaveLength(before)
    },
  )
})

describe('routes without a sign-in', () => {
  test('a public route is open to all, and nobody is named to the application', async () => {
    const { client } = await world.signIn()
    for (const each of [world.browser(), client]) {
      expect((await each.request(`${world.publicUrl}/public/x`)).status).toBe(200)
      expect(fieldsSeenBy(world.upstream.requests.at(-1)!)).not.toHaveProperty('x-forwarded-user')
    }
  })

  test('an optional route names whoever is signed in', async () => {
    const { client } = await world.signIn()
    const names = []
    for (const each of [world.browser(), client]) {
      expect((await each.request(`${world.publicUrl}/optional/x`)).status).toBe(200)
      names.push(fieldsSeenBy(world.upstream.requests.at(-1)!)['x-forwarded-user'])
    }
    expect(names).toEqual([undefined, 'alice'])
  })
})

describe('providers', () => {
  let port: number
  let several: World
  beforeAll(async () => {
    port = await freePort()
    const of = (id: string, clientAuthentication: ClientAuthentication) => ({
      id,
      displayName: `Sign in by ${id}`,
      issuer: `http://localhost:${issuerPort}`,
      clientId: id,
      clientAuthentication,
      ...(clientAuthentication === 'none' ? {} : { clientSecret: `secret of ${id}: + % & =` }),
      scopes: ['openid', 'profile', 'email', 'groups'],
    })
    const issuerPort = await freePort()
    several = await startWorld({
      port,
      issuer: {
        port: issuerPort,
        claimsInIdToken: false,
        clients: [
          aClient('basic', 'client_secret_basic', port),
          aClient('post', 'client_secret_post', port),
          aClient('public', 'none', port),
        ],
      },
      config: {
        providers: [
          of('basic', 'client_secret_basic'),
          of('post', 'client_secret_post'),
          of('public', 'none'),
        ],
      },
      routes: [
        { match: { path: '/bare/**' }, upstream: 'app', identity: { preset: 'none' } },
        { match: { path: '/only/**' }, providers: ['public'], upstream: 'app' },
        ...usualRoutes,
      ],
    })
  })
  afterAll(() => several.stop())

  test('where several are possible the person chooses, and 401 says that it is no answer', async () => {
    const page = await open(several.browser(), `${several.publicUrl}/orders?a=1`)
    expect(page.status).toBe(401)
    for (const id of ['basic', 'post', 'public']) {
      expect(page.text).toContain(`Sign in by ${id}`)
      expect(page.text).toContain(`provider=${id}`)
    }
    expect(page.setCookies).toEqual([])
  })

  test('a route that trusts one only starts there', async () => {
    const answer = await open(several.browser(), `${several.publicUrl}/only/x`)
    expect(answer.status).toBe(302)
    expect(new URL(answer.headers.location!).searchParams.get('client_id')).toBe('public')
  })

  test('a session of another provider does not count on such a route', async () => {
    const client = await signInBy('basic')
    const page = await open(client, `${several.publicUrl}/only/x`)
    expect(page.status).toBe(403)
    expect(page.text).toContain('Sign in with Sign in by public')
    expect(page.text).toContain('href="/.postern/login?rd=%2Fonly%2Fx&amp;provider=public"')
  })

  test('one that is not configured is refused by name', async () => {
    const url = `${several.publicUrl}/.postern/login?provider=nobody`
    expect((await open(several.browser(), url)).status).toBe(400)
  })

  test.each(['basic', 'post', 'public'])(
    'a client that authenticates by %s is signed in',
    async (id) => {
      const client = await signInBy(id)
      const session = await client.request(`${several.publicUrl}/.postern/session`)
      expect(session.json()).toMatchObject({ subject: 'alice', provider: id })
    },
  )

  test('userinfo is asked where a header needs a claim that the ID Token lacks', async () => {
    const before = several.issuer.counts.userinfo
    const client = await signInBy('basic')
    expect(several.issuer.counts.userinfo).toBe(before + 1)
    await client.request(`${several.publicUrl}/x`)
    expect(fieldsSeenBy(several.upstream.requests.at(-1)!)).toMatchObject({
      'x-forwarded-email': 'alice@example.com',
      'x-forwarded-groups': 'staff,admins',
    })
    expect((await client.request(`${several.publicUrl}/admin/x`)).status).toBe(200)
    expect(several.issuer.counts.userinfo).toBe(before + 1)
  })

  async function signInBy(id: string) {
    const client = several.browser()
    const form = await client.navigate(`${several.publicUrl}/.postern/login?provider=${id}&rd=/x`)
    const page = await client.submitForm(form, { login: 'alice', password: 'alice' })
    expect(page.status).toBe(200)
    return client
  }
})

function aClient(id: string, method: ClientAuthentication, port: number): ClientMetadata {
  return {
    client_id: id,
    ...(method === 'none' ? {} : { client_secret: `secret of ${id}: + % & =` }),
    redirect_uris: [`http://localhost:${port}/.postern/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: method,
  }
}

test('userinfo is not asked where the ID Token has all that is needed', async () => {
  const before = world.issuer.counts.userinfo
  await world.signIn()
  expect(world.issuer.counts.userinfo).toBe(before)
})
