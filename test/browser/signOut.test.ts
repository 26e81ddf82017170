import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useChromium } from '../support/browser.ts'
import type { World } from '../support/world.ts'
import { fillInSignIn, headingOf, signIn, startStage } from './stage.ts'

const chromium = useChromium()
let world: World
beforeAll(async () => {
  // Because only a store on the server can end a session that another tab has open.
  world = await startStage({
    sessions: { keys: ['a-key-of-32-bytes-that-nobody-else-has-used'], store: 'memory' },
  })
})
afterAll(() => world.stop())

describe('signing out', () => {
  test('ends here and at the issuer: the next visit asks for the password', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await page.getByRole('link', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    expect(new URL(page.url()).origin).toBe(world.publicUrl)
    await page.goto(`${world.publicUrl}/`)
    expect(new URL(page.url()).origin).toBe(world.issuer.issuer)
    await fillInSignIn(page, 'bob')
    await page.waitForURL(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, bob')
  })

  test('offers to sign in again', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await page.goto(`${world.publicUrl}/.postern/logout`)
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await fillInSignIn(page, 'alice')
    await page.waitForURL(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })

  test('leads to the place that the application named', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await page.goto(`${world.publicUrl}/.postern/logout?rd=/public/about`)
    await page.waitForURL(`${world.publicUrl}/public/about`)
    expect(await headingOf(page)).toBe('About')
    expect((await sessionStatus(page)).status).toBe(401)
  })

  test('in one tab closes the connection that another tab has open', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await page.getByText('Connected. Send something.').waitFor()
    const other = await page.context().newPage()
    await other.goto(`${world.publicUrl}/.postern/logout`)
    await other.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.getByText('The connection is closed.').waitFor()
  })
})

describe('another site', () => {
  test('that links to the logout signs nobody out unasked', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await followLinkElsewhere(page, `${world.publicUrl}/.postern/logout`)
    expect(await headingOf(page)).toBe('Do you want to sign out?')
    await page.getByRole('link', { name: 'Stay signed in' }).click()
    await page.waitForURL(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })

  test('and whoever wants to is signed out from the page that asks, at the issuer too', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await followLinkElsewhere(page, `${world.publicUrl}/.postern/logout`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(`${world.publicUrl}/`)
    expect(await page.getByLabel('Password').isVisible()).toBe(true)
  })

  test('that posts a form to the logout is refused, and the person stays signed in', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    const form = `<form method="post" action="${world.publicUrl}/.postern/logout"><button>Win</button></form>`
    await showElsewhere(page, form)
    await page.getByRole('button', { name: 'Win' }).click()
    await page.waitForURL(`${world.publicUrl}/.postern/logout`)
    expect(await headingOf(page)).toBe('This request came from another site')
    await page.goto(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })

  test('that shows the logout as a picture signs nobody out', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    // Because Chromium does not hand a page to a picture, the answer counts as a failed one.
    const asked = page.waitForEvent('requestfailed')
    await showElsewhere(page, `<img src="${world.publicUrl}/.postern/logout" alt="">`)
    await asked
    await page.goto(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })
})

async function followLinkElsewhere(page: Page, target: string): Promise<void> {
  await showElsewhere(page, `<a href="${target}">A prize!</a>`)
  await page.getByRole('link').click()
  await page.waitForURL(target)
}

/** A page that is cross-site to the gateway: browsers tell sites apart by the host, 127.0.0.1 and localhost. */
async function showElsewhere(page: Page, body: string): Promise<void> {
  await page.goto(`${world.upstream.url}/public/about`)
  await page.evaluate(`document.body.innerHTML = ${JSON.stringify(body)}`)
}

function sessionStatus(page: Page): Promise<{ status: number }> {
  return page.evaluate(async () => ({ status: (await fetch('/.postern/session')).status }))
}
