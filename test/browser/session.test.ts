import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { useChromium } from '../support/browser.ts'
import { createTurnableClock } from '../support/clock.ts'
import { fillInSignIn, headingOf, signIn, startStage } from './stage.ts'

const chromium = useChromium()

describe('a session that outlives its access token', () => {
  test('goes on with one refresh, however much the page asks for at once', async () => {
    const clock = createTurnableClock()
    await using world = await startStage({ clock, issuer: { accessTokenLifetime: 60 } })
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    clock.forward(61)
    await page.evaluate(() => Promise.all(Array.from({ length: 8 }, () => fetch('/headers.json'))))
    await page.reload()
    await page.getByText('Connected. Send something.').waitFor()
    expect(await headingOf(page)).toBe('Good day, alice')
    expect(world.issuer.counts.token).toBe(2)
  })

  test('has the rights that the issuer now says the person has', async () => {
    const clock = createTurnableClock()
    await using world = await startStage({ clock, issuer: { accessTokenLifetime: 60 } })
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`, 'bob')
    expect((await page.goto(`${world.publicUrl}/admin`))?.status()).toBe(403)
    world.issuer.accounts.get('bob')!.claims['groups'] = ['staff', 'admins']
    clock.forward(61)
    expect((await page.goto(`${world.publicUrl}/admin`))?.status()).toBe(200)
    world.issuer.accounts.get('bob')!.claims['groups'] = []
    clock.forward(61)
    expect((await page.goto(`${world.publicUrl}/admin`))?.status()).toBe(403)
  })

  test('ends where the issuer has withdrawn it: the person is asked to sign in', async () => {
    const clock = createTurnableClock()
    await using world = await startStage({ clock, issuer: { accessTokenLifetime: 60 } })
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await world.issuer.revokeRefreshTokens()
    await forgetAtIssuer(page)
    clock.forward(61)
    await page.goto(`${world.publicUrl}/?next`)
    expect(await page.getByLabel('Password').isVisible()).toBe(true)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(`${world.publicUrl}/?next`)
  })
})

describe('a session that is over', () => {
  test.each([
    ['because nobody used it', { idleTimeout: '1m' }, [61]],
    ['because its lifetime is over, however busy it was', { lifetime: '2m' }, [45, 45, 31]],
  ])('%s asks to sign in again, and goes on there', async (_, settings, moves) => {
    const clock = createTurnableClock()
    await using world = await startStage({
      clock,
      sessions: {
        keys: ['a-key-of-32-bytes-that-nobody-else-has-used'],
        idleTimeout: '1m',
        ...settings,
      },
    })
    const page = await chromium.newPage()
    const url = `${world.publicUrl}/?page=3`
    await signIn(page, url)
    await forgetAtIssuer(page)
    for (const seconds of moves) {
      expect(await headingOf(page)).toBe('Good day, alice')
      clock.forward(seconds)
      await page.goto(url)
    }
    expect(new URL(page.url()).origin).toBe(world.issuer.issuer)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(url)
    expect(await headingOf(page)).toBe('Good day, alice')
  })

  test("answers the page's script 401 with where to sign in, and redirects it nowhere", async () => {
    const clock = createTurnableClock()
    await using world = await startStage({ clock })
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/?page=3`)
    clock.forward(31 * 60)
    const answer = await page.evaluate(async () => {
      const response = await fetch('/headers.json')
      const body = await response.json()
      const type = response.headers.get('Content-Type')
      return { status: response.status, redirected: response.redirected, type, body }
    })
    expect(answer).toMatchObject({
      status: 401,
      redirected: false,
      type: 'application/problem+json',
      body: { code: 'login_required', login_url: '/.postern/login?rd=%2Fheaders.json' },
    })
    await page.goto(world.publicUrl + '/.postern/login?rd=%2Fheaders.json')
    await page.waitForURL(`${world.publicUrl}/headers.json`)
  })

  test('says of a form that it was not delivered, and leads back to the page it was on', async () => {
    const clock = createTurnableClock()
    await using world = await startStage({ clock })
    const page = await chromium.newPage()
    const url = `${world.publicUrl}/?page=3`
    await signIn(page, url)
    clock.forward(31 * 60)
    const file = { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('typed for an hour') }
    await page.getByLabel('File').setInputFiles(file)
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.waitForURL(`${world.publicUrl}/upload`)
    expect(await headingOf(page)).toBe('Sign in to continue')
    expect(await page.locator('main').innerText()).toContain('What you sent was not delivered')
    expect(world.upstream.requests.filter(({ method }) => method === 'POST')).toEqual([])
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL(url)
    expect(await headingOf(page)).toBe('Good day, alice')
  })
})

/** Takes the issuer's own session out of the browser, so that it has to ask for the password. */
async function forgetAtIssuer(page: Page): Promise<void> {
  await page.context().clearCookies({ name: /^_/ })
}
