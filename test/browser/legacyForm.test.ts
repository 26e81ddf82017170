// People sign in to old applications by forms that these have of their own, in Chromium: the order book of
// examples/legacy, which is PHP with a session of its own, and an application that believes a header.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startLegacyWorld, type LegacyWorld } from '../legacy/legacyWorld.ts'
import { useChromium } from '../support/browser.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import type { World } from '../support/world.ts'
import { startOldApp, type OldApp } from './oldApp.ts'
import { headingOf } from './stage.ts'

type FormInput = NonNullable<ConfigInput['routes'][number]['signInForm']>

const chromium = useChromium()
const inEnglish = { locale: 'en-GB' }

/** The status of the session endpoint: 200 where the browser is signed in here. */
function sessionStatus(page: Page): Promise<number> {
  return page.evaluate("fetch('/.postern/session').then((answer) => answer.status)")
}

describe('the order book, a real PHP application', () => {
  let world: LegacyWorld
  beforeAll(async () => {
    world = await startLegacyWorld('orderbook')
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const welcome = 'Welcome, Alice Archer (alice)!'
  const formPosts = async () =>
    (await world.app.requests()).filter((request) => request === 'POST /login.php').length

  async function type(page: Page, user: string, pass: string): Promise<void> {
    await page.locator('[name=user]').fill(user)
    await page.locator('[name=pass]').fill(pass)
    await page.getByRole('button', { name: 'Log in' }).click()
  }

  async function signedIn(): Promise<Page> {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${world.publicUrl}/index.php`)
    await type(page, 'alice', 'alice')
    await page.waitForURL(`${world.publicUrl}/index.php`)
    return page
  }

  test('who comes without a session is shown its own form, and lands in it signed in at both', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${world.publicUrl}/index.php`)
    expect(page.url()).toBe(`${world.publicUrl}/login.php`)
    expect(await headingOf(page)).toBe('Order book: log in')
    await type(page, 'alice', 'alice')
    await page.waitForURL(`${world.publicUrl}/index.php`)
    expect(await page.locator('body').innerText()).toContain(welcome)
    expect(await sessionStatus(page)).toBe(200)
  })

  test('a wrong password shows its own page with its own words, and the right one still opens it', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${world.publicUrl}/login.php`)
    await type(page, 'alice', 'wrong')
    await page.getByText('Wrong user name or password.').waitFor()
    expect(page.url()).toBe(`${world.publicUrl}/login.php?error=wrong_credentials`)
    expect(await sessionStatus(page)).toBe(401)
    await type(page, 'alice', 'alice')
    await page.waitForURL(`${world.publicUrl}/index.php`)
    expect(await page.locator('body').innerText()).toContain(welcome)
  })

  test('reload, back and forward post nothing again and lose nothing', async () => {
    const page = await signedIn()
    const posts = await formPosts()
    const asked = world.issuer.counts.token
    await page.reload()
    expect(await page.locator('body').innerText()).toContain(welcome)
    await page.goBack()
    expect(await headingOf(page)).toBe('Order book: log in')
    await page.goForward()
    expect(await page.locator('body').innerText()).toContain(welcome)
    expect(await formPosts()).toBe(posts)
    expect(world.issuer.counts.token).toBe(asked)
  })

  test('its own link signs out of the gateway, and out of it', async () => {
    const page = await signedIn()
    const cookies = await page.context().cookies(world.publicUrl)
    await page.getByRole('link', { name: 'Log out' }).click()
    await page.waitForURL(`${world.publicUrl}/login.php`)
    expect(await sessionStatus(page)).toBe(401)
    await page.goto(`${world.publicUrl}/index.php`)
    expect(page.url()).toBe(`${world.publicUrl}/login.php`)
    const ofTheApp = cookies.find(({ name }) => name === 'PHPSESSID')!.value
    const past = await fetch(`${world.app.url}/index.php`, {
      headers: { Cookie: `PHPSESSID=${ofTheApp}` },
      redirect: 'manual',
    })
    expect(past.headers.get('location')).toBe('login.php')
  })
})

describe('an application that believes a header', () => {
  let app: OldApp
  let led: World
  let replaying: World
  beforeAll(async () => {
    app = await startOldApp()
    led = await startOldWorld({
      success: { redirect: '/home', redirectField: 'next' },
      failure: { redirect: '/login', parameter: 'why' },
    })
    replaying = await startOldWorld({ success: { replay: { password: 'a dummy' } } })
  })
  afterAll(async () => {
    await led.stop()
    await replaying.stop()
    await app[Symbol.asyncDispose]()
  })

  function startOldWorld(form: Partial<FormInput>): Promise<World> {
    const signInForm = { user: 'login', password: 'passwd', ...form }
    return startPasswordWorld({
      upstream: app.upstream,
      routes: [
        { match: { path: '/login' }, access: 'optional', upstream: 'app', signInForm },
        { match: { path: '/quick-login' }, access: 'public', upstream: 'app' },
        { match: { path: '/logout' }, access: 'optional', logout: true, upstream: 'app' },
        { match: { path: '/**' }, signInPage: '/login', upstream: 'app' },
      ],
    })
  }

  async function type(page: Page, name: string, word: string): Promise<void> {
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Code word').fill(word)
    await page.getByRole('button', { name: 'Enter' }).click()
  }

  test('the form takes people on to its page, and the password never reaches the application', async () => {
    const before = app.forms.length
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${led.publicUrl}/login`)
    await type(page, 'alice', 'alice')
    await page.waitForURL(`${led.publicUrl}/home`)
    expect(await headingOf(page)).toBe('Welcome, alice')
    expect(app.forms).toHaveLength(before)
  })

  test('who opened a page deep inside arrives at it, query and all', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${led.publicUrl}/orders/7?page=2&sort=%2Fup`)
    expect(await headingOf(page)).toBe('The mill’s own door')
    await type(page, 'bob', 'bob')
    await page.waitForURL(`${led.publicUrl}/orders/7?page=2&sort=%2Fup`)
    expect(await headingOf(page)).toBe('Welcome, bob')
  })

  test('a wrong password leads to its own page, which says why in its own way', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${led.publicUrl}/login`)
    await type(page, 'alice', 'wrong')
    await page.waitForURL(`${led.publicUrl}/login?why=wrong_credentials`)
    expect(await page.locator('#why').innerText()).toContain('wrong_credentials')
    await page.reload()
    expect(page.url()).toBe(`${led.publicUrl}/login?why=wrong_credentials`)
  })

  test('a password manager finds the page as the application wrote it', async () => {
    const page = await chromium.newPage(inEnglish)
    const written: string[] = []
    for (const place of [led.publicUrl, app.upstream.url]) {
      await page.goto(`${place}/login`)
      written.push(await page.locator('form').innerHTML())
    }
    expect(written[0]).toBe(written[1])
    expect(written[0]).toContain('autocomplete="section-mill username"')
  })

  test('a form that is sent twice in a row signs in once more, and the person is in', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${led.publicUrl}/login`)
    await page.getByLabel('Name').fill('alice')
    await page.getByLabel('Code word').fill('alice')
    await page.getByRole('button', { name: 'Enter' }).dblclick()
    await page.waitForURL(`${led.publicUrl}/home`)
    await page.reload()
    expect(await headingOf(page)).toBe('Welcome, alice')
  })

  test('a form that a script sends as JSON is answered so that the script can go on', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${led.publicUrl}/quick-login`)
    await type(page, 'alice', 'wrong')
    await page.getByText('401 wrong_password').waitFor()
    await type(page, 'alice', 'alice')
    await page.waitForURL(`${led.publicUrl}/home`)
    expect(await headingOf(page)).toBe('Welcome, alice')
  })

  test('a form that goes on to the application is answered by it, and a reload does no harm', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${replaying.publicUrl}/login`)
    await type(page, 'alice', 'alice')
    await page.getByRole('heading', { name: 'Welcome, alice' }).waitFor()
    expect(await page.locator('#at').innerText()).toBe('POST /login')
    expect([...app.forms.at(-1)!]).toEqual([
      ['csrf', 'of the mill'],
      ['next', ''],
      ['login', 'alice'],
      ['passwd', 'a dummy'],
    ])
    // Because the browser sends the same form again, which is what people confirm.
    await page.reload()
    expect(await headingOf(page)).toBe('Welcome, alice')
    expect(await sessionStatus(page)).toBe(200)
  })

  test('a wrong password without a page of its own shows ours, with the way back to the form', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${replaying.publicUrl}/login`)
    await type(page, 'alice', 'wrong')
    await page.getByRole('heading', { name: 'The user name or the password is wrong' }).waitFor()
    await page.getByRole('link', { name: 'Back to the form' }).click()
    expect(await headingOf(page)).toBe('The mill’s own door')
    await type(page, 'alice', 'alice')
    await page.getByRole('heading', { name: 'Welcome, alice' }).waitFor()
  })

  test('its logout link ends the session here and shows the application’s own farewell', async () => {
    const page = await chromium.newPage(inEnglish)
    await page.goto(`${led.publicUrl}/login`)
    await type(page, 'alice', 'alice')
    await page.waitForURL(`${led.publicUrl}/home`)
    await page.getByRole('link', { name: 'Log out' }).click()
    await page.waitForURL(`${led.publicUrl}/logout`)
    expect(await headingOf(page)).toBe('Good bye')
    expect(await sessionStatus(page)).toBe(401)
    await page.goBack()
    await page.reload()
    expect(await headingOf(page)).toBe('The mill’s own door')
  })
})
