import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startWorld, type Browser, type World } from './world.ts'

let world: World
let browser: Browser
beforeEach(async () => {
  world = await startWorld()
  browser = world.browser()
  await browser.signIn('/')
})
afterEach(() => world[Symbol.asyncDispose]())

const logout = '/.postern/logout'
const crossSite = ['Sec-Fetch-Site', 'cross-site']
const isSignedIn = async () => (await browser.go('/.postern/session')).status === 200
const post = (fields: readonly string[], body = '') =>
  browser.request(world.origin + logout, {
    method: 'POST',
    fields: ['Content-Type', 'application/x-www-form-urlencoded', ...fields],
    body,
  })

describe('signing out', () => {
  test('ends the session here and asks the issuer to end its own', async () => {
    const answer = await browser.go(logout)
    expect(answer.status).toBe(302)
    const url = new URL(answer.headers.location!)
    expect(url.href).toMatch(`${world.issuer.issuer}/session/end?`)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(world.origin + logout)
    expect(url.searchParams.get('id_token_hint')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(world.sessions.live.size).toBe(0)
    expect(browser.cookies.find('postern')).toBeUndefined()
  })

  test('ends at the page that says so, once the issuer sends the browser back', async () => {
    const away = new URL((await browser.go(logout)).headers.location!)
    const state = away.searchParams.get('state')!
    const answer = await browser.go(`${logout}?state=${state}`, crossSite)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('You are signed out')
    expect(answer.text).toContain('href="/.postern/login?rd=%2F"')
    expect(browser.cookies.find('postern-logout')).toBeUndefined()
  })

  test('ends where the application wants, once the issuer sends the browser back', async () => {
    const away = new URL((await browser.go(`${logout}?rd=/goodbye%23x`)).headers.location!)
    const state = away.searchParams.get('state')!
    const answer = await browser.go(`${logout}?state=${state}`, crossSite)
    expect(answer.headers.location).toBe('/goodbye#x')
  })

  test('never leads to another site', async () => {
    const away = new URL((await browser.go(`${logout}?rd=https://evil.example/`)).headers.location!)
    const answer = await browser.go(`${logout}?state=${away.searchParams.get('state')}`)
    expect(answer.headers.location).toBe('/')
  })

  test('by a form of the application works', async () => {
    const answer = await post(['Origin', world.origin], 'rd=%2Fgoodbye')
    expect(answer.status).toBe(302)
    expect(await isSignedIn()).toBe(false)
  })

  test('where nobody is signed in shows that page, and sends no one to the issuer', async () => {
    const answer = await world.browser().go(logout)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('You are signed out')
  })

  test('by HEAD ends nothing', async () => {
    const answer = await browser.request(world.origin + logout, { method: 'HEAD' })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, POST')
    expect(await isSignedIn()).toBe(true)
  })

  test('leaves a login in another tab alone', async () => {
    const callback = await browser.beginLogin('/.postern/login?rd=/x')
    await browser.go(logout)
    expect((await browser.go(callback)).headers.location).toBe('/x')
  })
})

describe('another site', () => {
  test('that links here makes the gateway ask first, and the answer signs out', async () => {
    const page = await browser.go(`${logout}?rd=/goodbye`, crossSite)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Do you want to sign out?')
    expect(await isSignedIn()).toBe(true)
    // A form of a page without referrer is posted with `Origin: null`; then the token alone speaks for it.
    const [, token] = /name="csrf_token" value="([\w-]+)"/.exec(page.text)!
    const answer = await post(['Origin', 'null'], `csrf_token=${token}&rd=%2Fgoodbye`)
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/session/end?`)
    expect(await isSignedIn()).toBe(false)
  })

  test('that links here where nobody is signed in causes no question', async () => {
    const answer = await world.browser().go(logout, crossSite)
    expect(answer.text).toContain('You are signed out')
    expect(answer.setCookies).toEqual([])
  })

  test.each([
    ['a foreign Origin', ['Origin', 'https://evil.example']],
    ['a foreign Origin and a wrong token', ['Origin', 'https://evil.example'], 'csrf_token=x'],
    ['no Origin at all', []],
    ['Origin null', ['Origin', 'null']],
    ['Sec-Fetch-Site cross-site', [...crossSite, 'Origin', 'null']],
    ['Sec-Fetch-Site same-site', ['Sec-Fetch-Site', 'same-site', 'Origin', 'null']],
    ['both, contradicting', ['Sec-Fetch-Site', 'same-origin', 'Origin', 'https://evil.example']],
  ])('that posts a form here with %s is refused', async (_, fields, body = '') => {
    const answer = await post(fields, body)
    expect(answer.status).toBe(403)
    expect(answer.json()).toMatchObject({ code: 'origin_not_allowed' })
    expect(await isSignedIn()).toBe(true)
  })

  test('that posts a form here, without the cookie as browsers do, cannot make the browser drop it', async () => {
    const answer = await world.browser().request(world.origin + logout, {
      method: 'POST',
      fields: [...crossSite, 'Origin', 'https://evil.example', 'Accept', 'text/html'],
    })
    expect(answer.status).toBe(403)
    expect(answer.setCookies).toEqual([])
    expect(answer.text).not.toContain('You are signed out')
  })

  test('cannot use the token of its own session', async () => {
    const attacker = world.browser()
    await attacker.signIn('/')
    const page = await attacker.go(logout, crossSite)
    const [, token] = /name="csrf_token" value="([\w-]+)"/.exec(page.text)!
    expect((await post(['Origin', 'https://evil.example'], `csrf_token=${token}`)).status).toBe(403)
    expect(await isSignedIn()).toBe(true)
  })

  test('that is the issuer may send people here', async () => {
    const answer = await browser.go(logout, [...crossSite, 'Referer', `${world.issuer.issuer}/`])
    expect(answer.status).toBe(302)
    expect(await isSignedIn()).toBe(false)
  })

  test('with a state that it made up cannot end anything', async () => {
    const page = await browser.go(`${logout}?state=made-up`, crossSite)
    expect(page.text).toContain('Do you want to sign out?')
    expect(await isSignedIn()).toBe(true)
  })
})

test('a page that the browser only fetches ahead signs nobody out', async () => {
  await browser.go(logout, ['Sec-Fetch-Site', 'same-origin', 'Sec-Purpose', 'prefetch'])
  expect(await isSignedIn()).toBe(true)
})

test('a form that is far too long is refused', async () => {
  const answer = await post(['Origin', world.origin], `rd=${'a'.repeat(2_000_000)}`)
  expect(answer.status).toBe(413)
  expect(answer.json()).toMatchObject({ code: 'content_too_large' })
})

test('a form that breaks off is the fault of who sent it, and signs nobody out', async () => {
  const socket = connect(world.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(
    [
      'POST /.postern/logout HTTP/1.1',
      `Host: 127.0.0.1:${world.port}`,
      `Origin: ${world.origin}`,
      `Cookie: ${browser.cookies.fieldFor(world.origin)}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 100',
      '',
      'rd=%2F',
    ].join('\r\n'),
    () => socket.resetAndDestroy(),
  )
  await expect.poll(() => world.records.at(-1)?.refusal).toBe('request_malformed')
  expect(await isSignedIn()).toBe(true)
})
