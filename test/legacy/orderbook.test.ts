// An application with a sign-in form, accounts and sessions of its own: PHP that Apache runs as CGI, unchanged.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../support/httpClient.ts'
import { appPassword } from './legacyApp.ts'
import { readGatewayLog, signInByForm, startLegacyWorld, type LegacyWorld } from './legacyWorld.ts'

let world: LegacyWorld
beforeAll(async () => {
  world = await startLegacyWorld('orderbook')
})
afterAll(() => world[Symbol.asyncDispose]())

const goTo = (client: HttpClient, path: string): Promise<HttpAnswer> =>
  client.navigate(world.publicUrl + path)

describe('people sign in by the form that they know', () => {
  test.each([
    ['alice', 'Welcome, <b>Alice Archer</b> (alice)!'],
    ['bob', 'Welcome, <b>Bob Baker</b> (bob)!'],
  ])('with the password of %s at the issuer, and are greeted by name', async (who, greeting) => {
    const { client, page } = await signInByForm(world, who)
    expect(page.url).toBe(`${world.publicUrl}/index.php`)
    expect(page.text).toContain(greeting)
    expect(client.cookies.find('PHPSESSID')).toBeDefined()
    expect((await goTo(client, '/')).text).toContain(greeting)
  })

  test('and are sent to it from wherever they come without a session', async () => {
    const before = await world.app.requests()
    const page = await goTo(createHttpClient(), '/index.php')
    expect(page.url).toBe(`${world.publicUrl}/login.php`)
    expect(page.text).toContain('name="pass"')
    const { length } = before
    expect((await world.app.requests()).slice(length)).toEqual(['GET /login.php'])
  })

  test('a wrong password leads back to it, in its own words, and the application is not asked', async () => {
    const client = createHttpClient()
    const form = await goTo(client, '/login.php')
    const page = await client.submitForm(form, { user: 'alice', pass: 'wrong' })
    expect(page.url).toBe(`${world.publicUrl}/login.php?error=wrong_credentials`)
    expect(page.text).toContain('Wrong user name or password.')
    expect((await goTo(client, '/')).url).toBe(`${world.publicUrl}/login.php`)
  })

  test('whoever signs in after somebody else in the same browser is nobody but themselves', async () => {
    const { client } = await signInByForm(world, 'alice')
    const form = await goTo(client, '/login.php')
    const page = await client.submitForm(form, { user: 'bob', pass: 'bob' })
    expect(page.text).toContain('Welcome, <b>Bob Baker</b> (bob)!')
  })

  test('an account is that of the claim, however the issuer was told whose password it is', async () => {
    world.issuer.accounts.set('alice@example.com', world.issuer.accounts.get('alice')!)
    const client = createHttpClient()
    const form = await goTo(client, '/login.php')
    const page = await client.submitForm(form, { user: 'alice@example.com', pass: 'alice' })
    expect(page.text).toContain('Welcome, <b>Alice Archer</b> (alice)!')
  })
})

test('its logout link ends both sessions', async () => {
  const { client } = await signInByForm(world, 'alice')
  const atIssuer = await goTo(client, '/logout.php')
  expect(new URL(atIssuer.url).origin).toBe(world.issuer.issuer)
  const page = await client.submitForm(atIssuer, {})
  expect(page.url).toBe(`${world.publicUrl}/login.php`)
  const session = await client.request(`${world.publicUrl}/.postern/session`)
  expect(session.status).toBe(401)
  const past = await client.request(`${world.app.url}/index.php`)
  expect(past.headers.location).toBe('login.php')
})

describe('no password that anybody typed gets further than the issuer', () => {
  const typed = 'correct-horse-battery-staple'
  const wrong = 'correct-horse-battery-stable'

  test('neither the right one nor a wrong one, on any way', async () => {
    world.issuer.accounts.get('bob')!.password = typed
    const client = createHttpClient()
    const form = await goTo(client, '/login.php')
    const again = await client.submitForm(form, { user: 'bob', pass: wrong })
    const page = await client.submitForm(again, { user: 'bob', pass: typed })
    world.issuer.accounts.get('bob')!.password = 'bob'
    expect(page.text).toContain('Welcome, <b>Bob Baker</b>')
    const received = await world.app.received()
    expect(received).toContain(`pass=${appPassword}`)
    for (const text of [received, await readGatewayLog(world)]) {
      expect(text).not.toContain(typed)
      expect(text).not.toContain(wrong)
    }
  })

  test('and that of the application is in no answer and no log', async () => {
    const { page } = await signInByForm(world, 'alice')
    for (const text of [page.text, page.rawHeaders.join('\n'), await readGatewayLog(world)]) {
      expect(text).not.toContain(appPassword)
    }
  })
})

test('past the gateway, no password that people have opens an account', async () => {
  const client = createHttpClient()
  const form = await client.navigate(`${world.app.url}/login.php`)
  const page = await client.submitForm(form, { user: 'alice', pass: 'alice' })
  expect(page.text).toContain('Wrong user name or password.')
})

test('the password of the accounts, typed at the gateway, opens nothing', async () => {
  const client = createHttpClient()
  const form = await goTo(client, '/login.php')
  const page = await client.submitForm(form, { user: 'alice', pass: appPassword })
  expect(page.text).toContain('Wrong user name or password.')
  expect((await goTo(client, '/')).url).toBe(`${world.publicUrl}/login.php`)
})
