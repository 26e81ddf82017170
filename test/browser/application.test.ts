import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useChromium } from '../support/browser.ts'
import type { World } from '../support/world.ts'
import { headingOf, patience, signIn, startStage } from './stage.ts'

const chromium = useChromium()
let world: World
beforeAll(async () => {
  world = await startStage()
})
afterAll(() => world.stop())

describe('what the application does in the browser, it does through the gateway', () => {
  test('an event stream ticks as it does without one', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    const clock = page.locator('#clock')
    await expect.poll(() => clock.innerText(), patience).toMatch(/^\d{4}-\d\d-\d\dT/)
    const first = await clock.innerText()
    await expect.poll(() => clock.innerText(), patience).not.toBe(first)
  })

  test('a WebSocket sends back what it was sent, and the application knows whose it is', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    await page.getByText('Connected. Send something.').waitFor()
    await page.getByLabel('Message').fill('Grüße, 世界')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('The server says: Grüße, 世界').waitFor()
    const handshake = world.upstream.requests.findLast(({ isUpgrade }) => isUpgrade)
    expect(handshake?.headers['x-forwarded-user']).toBe('alice')
  })

  test('a file of three megabytes arrives byte for byte', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`)
    const buffer = randomBytes(3 * 1024 * 1024)
    const file = { name: 'report.bin', mimeType: 'application/octet-stream', buffer }
    await page.getByLabel('File').setInputFiles(file)
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByText('File received').first().waitFor()
    expect(await page.locator('#size').innerText()).toBe(String(buffer.length))
    expect(await page.locator('#sha256').innerText()).toBe(
      createHash('sha256').update(buffer).digest('hex'),
    )
  })

  test("the application's script learns from the gateway who is signed in, and gets no token", async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`, 'bob')
    const told = await page.evaluate(async () => (await fetch('/.postern/session')).json())
    expect(told).toMatchObject({ subject: 'bob', name: 'Bob Builder', groups: ['staff'] })
    expect(JSON.stringify(told)).not.toMatch(/token|eyJ/)
    expect(await page.evaluate('document.cookie')).not.toContain('postern')
  })
})

describe('a page for admins', () => {
  test('is refused to bob on a page that says why, and the application hears nothing of it', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`, 'bob')
    const before = world.upstream.requests.length
    const answer = await page.goto(`${world.publicUrl}/admin`)
    expect(answer?.status()).toBe(403)
    expect(await headingOf(page)).toBe('You may not use this page')
    expect(await page.locator('main').innerText()).toContain('your account lacks the right')
    const paths = world.upstream.requests.slice(before).map(({ url }) => url)
    expect(paths).not.toContain('/admin')
  })

  test('opens for alice', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/admin`)
    expect(await headingOf(page)).toBe('Administration')
  })

  test('opens for whoever signs in again with the right account, from the page that refused', async () => {
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/`, 'bob')
    await page.goto(`${world.publicUrl}/admin`)
    await page.getByRole('link', { name: 'Sign out to switch accounts' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await signIn(page, `${world.publicUrl}/admin`, 'alice')
    expect(await headingOf(page)).toBe('Administration')
  })
})
