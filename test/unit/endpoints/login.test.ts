import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWorld, type World } from './world.ts'

describe('a login', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld()
  })
  afterEach(() => world[Symbol.asyncDispose]())

  test('brings a person back to where they were going, query included', async () => {
    const browser = world.browser()
    const answer = await browser.signIn('/orders?page=2&q=a%20b')
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toBe('/orders?page=2&q=a%20b')
    const page = await browser.go('/orders')
    expect(page.json()).toEqual({ subject: 'alice', target: '/orders' })
  })

  test('keeps the fragment that a link to the sign-in names', async () => {
    const rd = encodeURIComponent('/orders?page=2#line-3')
    const answer = await world.browser().signIn(`/.postern/login?rd=${rd}`)
    expect(answer.headers.location).toBe('/orders?page=2#line-3')
  })

  test('never leaves the site', async () => {
    const rd = encodeURIComponent('https://evil.example/')
    const answer = await world.browser().signIn(`/.postern/login?rd=${rd}`)
    expect(answer.headers.location).toBe('/')
  })

  test('asks with S256, a state and a nonce of its own, and the configured redirect URI', async () => {
    const browser = world.browser()
    const [one, other] = [await browser.go('/a'), await browser.go('/b')].map(
      ({ headers }) => new URL(headers.location!).searchParams,
    )
    expect(one!.get('code_challenge_method')).toBe('S256')
    expect(one!.get('redirect_uri')).toBe(`${world.origin}/.postern/callback`)
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one!.get(name)).toMatch(/^[\w-]{43}$/)
      expect(one!.get(name)).not.toBe(other!.get(name))
    }
  })

  test('keeps its secrets in a sealed cookie that no script can read', async () => {
    const browser = world.browser()
    const answer = await browser.go('/a')
    const query = new URL(answer.headers.location!).searchParams
    expect(answer.setCookies).toHaveLength(1)
    expect(answer.setCookies[0]).toMatch(
      /^postern-login-[\w-]{10}=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
    )
    expect(answer.setCookies[0]).not.toContain(query.get('state'))
    expect(answer.setCookies[0]).not.toContain(query.get('nonce'))
  })

  test('in one tab does not break the login in another', async () => {
    const browser = world.browser()
    const callbacks: string[] = []
    for (const tab of ['/1', '/2', '/3', '/4', '/5']) callbacks.push(await browser.beginLogin(tab))
    for (const [at, callback] of callbacks.entries()) {
      const answer = await browser.go(callback)
      expect(answer.headers.location).toBe(`/${at + 1}`)
    }
  })

  test('that is the sixth at once drops the oldest', async () => {
    const browser = world.browser()
    const callbacks: string[] = []
    for (const tab of ['/1', '/2', '/3', '/4', '/5', '/6']) {
      world.clock.offset += 1
      callbacks.push(await browser.beginLogin(tab))
    }
    const names = browser.cookies.all().map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('postern-login-'))).toHaveLength(5)
    expect((await browser.go(callbacks[1]!)).headers.location).toBe('/2')
    // The first is unknown by now, and begins anew at the issuer.
    expect((await browser.go(callbacks[0]!)).headers.location).toMatch(
      `${world.issuer.issuer}/auth`,
    )
  })

  test('with very long addresses leaves room for the rest of the request head', async () => {
    const browser = world.browser()
    for (let tab = 0; tab < 6; tab += 1) {
      world.clock.offset += 1
      expect((await browser.go(`/${tab}${'a'.repeat(1900)}`)).status).toBe(302)
    }
    expect(browser.cookies.fieldFor(world.origin)!.length).toBeLessThan(11_000)
  })

  test('leaves room beside a session that is over and the cookies of the application', async () => {
    const browser = world.browser()
    for (const name of ['postern', 'postern.1', 'app']) {
      browser.cookies.store(world.origin, [`${name}=${'x'.repeat(3900)}; Path=/`])
    }
    for (let tab = 0; tab < 6; tab += 1) {
      world.clock.offset += 1
      expect((await browser.go(`/${tab}${'a'.repeat(1000)}`)).status).toBe(302)
    }
    expect((await browser.signIn('/x')).headers.location).toBe('/x')
  })

  test('is not started for a script', async () => {
    const browser = world.browser()
    for (const target of ['/', '/.postern/login?rd=/x']) {
      const answer = await browser.request(world.origin + target, {
        fields: ['Accept', '*/*', 'Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'],
      })
      expect(answer.status).toBe(401)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${world.origin}"`)
      expect(answer.json()).toMatchObject({ code: 'login_required' })
      expect(answer.setCookies).toEqual([])
    }
  })

  test.each(['HEAD', 'POST', 'PUT', 'OPTIONS'])('is not started by %s', async (method) => {
    const answer = await world.browser().request(`${world.origin}/.postern/login`, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET')
  })

  test('is refused by name while the issuer is away', async () => {
    await world.issuer.stop()
    const browser = world.browser()
    const refused = await browser.go('/orders')
    expect(refused.status).toBe(503)
    expect(world.records.at(-1)!.refusal).toBe('issuer_unavailable')
    expect(refused.setCookies).toEqual([])
  })

  test('with a provider that nobody configured is refused', async () => {
    const answer = await world.browser().go('/.postern/login?provider=evil')
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('login_provider_unknown')
    const twice = await world.browser().go('/.postern/login?provider=main&provider=main')
    expect(twice.status).toBe(400)
  })

  test('that goes in circles is stopped with a page that says why', async () => {
    const browser = world.browser()
    for (let round = 0; round < 3; round += 1) {
      expect((await browser.signIn('/orders')).headers.location).toBe('/orders')
      await world.sessions.endAll()
    }
    const stopped = await browser.go('/orders')
    expect(stopped.status).toBe(400)
    expect(stopped.text).toContain('login_loop')
    expect(stopped.text).toContain('href="/.postern/login?rd=%2Forders"')
    expect((await browser.go('/orders')).status).toBe(302)
  })

  test('may be repeated often by someone who is signed in, or signs out in between', async () => {
    const browser = world.browser()
    for (let round = 0; round < 5; round += 1) await browser.signIn('/.postern/login?rd=/x')
    expect((await browser.go('/x')).status).toBe(200)
    for (let round = 0; round < 5; round += 1) {
      await browser.go('/.postern/logout')
      expect((await browser.signIn('/x')).status).toBe(302)
    }
  })

  test('counts as started and as completed', async () => {
    await world.browser().signIn('/')
    const { values } = await world.metrics.logins.get()
    expect(values.map(({ labels, value }) => [labels.outcome, labels.provider, value])).toEqual([
      ['started', 'main', 1],
      ['completed', 'main', 1],
    ])
  })
})

describe('where several issuers are possible', () => {
  test('a person chooses, and the choice leads to where they were going', async () => {
    await using world = await startWorld({ furtherProviders: ['partners'] })
    const browser = world.browser()
    const chooser = await browser.go('/orders?page=2')
    expect(chooser.status).toBe(401)
    expect(chooser.text).toContain(
      'href="/.postern/login?rd=%2Forders%3Fpage%3D2&amp;provider=partners"',
    )
    const answer = await browser.signIn('/.postern/login?rd=%2Forders%3Fpage%3D2&provider=partners')
    expect(answer.headers.location).toBe('/orders?page=2')
    expect([...world.sessions.live.values()].map(({ providerId }) => providerId)).toEqual([
      'partners',
    ])
  })

  test('the sign-in address shows the same choice', async () => {
    await using world = await startWorld({ furtherProviders: ['partners'] })
    const chooser = await world.browser().go('/.postern/login')
    expect(chooser.status).toBe(200)
    expect(chooser.text).toContain('provider=main')
    expect(chooser.text).toContain('provider=partners')
  })

  test('a route that names one of them asks for no choice', async () => {
    await using world = await startWorld({
      furtherProviders: ['partners'],
      routes: [{ match: { path: '/**' }, upstream: 'app', providers: ['partners'] }],
    })
    const browser = world.browser()
    await browser.signIn('/orders')
    expect((await browser.go('/orders')).status).toBe(200)
  })
})
