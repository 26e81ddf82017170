import { describe, expect, test } from 'vitest'
import { useChromium } from '../support/browser.ts'
import { freePort } from '../support/ports.ts'
import { startIssuer } from '../support/issuer.ts'
import { startCookieDropper } from './cookieDropper.ts'
import { fillInSignIn, headingOf, patience, signIn, startStage } from './stage.ts'

const chromium = useChromium()

describe('a person who is not signed in', () => {
  test('is asked for a password once, and finds their name in the application', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    await page.goto(world.publicUrl)
    expect(new URL(page.url()).origin).toBe(world.issuer.issuer)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, alice')
    await page.reload()
    expect(await headingOf(page)).toBe('Good day, alice')
    expect(world.issuer.counts.token).toBe(1)
  })

  test('comes back to the very deep link, its query unchanged', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    const url = `${world.publicUrl}/?q=a%20b+c&sum=1%2B1&name=%C3%A9t%C3%A9&tag=x&tag=&last`
    await signIn(page, url)
    expect(page.url()).toBe(url)
    expect(world.upstream.requests[0]?.url).toBe(url.slice(world.publicUrl.length))
  })

  test('comes back to a fragment that the login address names', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    const place = '/?tab=2#section-3'
    await page.goto(`${world.publicUrl}/.postern/login?rd=${encodeURIComponent(place)}`)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(`${world.publicUrl}${place}`)
    expect(await page.evaluate('location.hash')).toBe('#section-3')
    expect(await headingOf(page)).toBe('Good day, alice')
  })

  test('who opens the gateway under another name ends signed in under its public one', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    await page.goto(`http://127.0.0.1:${world.port}/`)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })
})

describe('several sign-ins in one browser', () => {
  test('two tabs at once both end where they were going', async () => {
    await using world = await startStage()
    const first = await chromium.newPage()
    const second = await first.context().newPage()
    await Promise.all([
      first.goto(`${world.publicUrl}/?tab=1`),
      second.goto(`${world.publicUrl}/?tab=2`),
    ])
    await fillInSignIn(second, 'alice')
    await second.waitForURL(`${world.publicUrl}/?tab=2`)
    await fillInSignIn(first, 'alice')
    await first.waitForURL(`${world.publicUrl}/?tab=1`)
    for (const page of [first, second]) {
      await page.reload()
      expect(await headingOf(page)).toBe('Good day, alice')
    }
  })

  test('a used callback, reached by history, leads where it led before and redeems nothing', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    const callback = page.waitForRequest(/\/\.postern\/callback\?/)
    const url = `${world.publicUrl}/?from=bookmark`
    await signIn(page, url)
    await page.goto((await callback).url())
    expect(page.url()).toBe(url)
    expect(await headingOf(page)).toBe('Good day, alice')
    expect(world.issuer.counts.token).toBe(1)
  })

  test('the back button does not lose the sign-in', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    await signIn(page, `${world.publicUrl}/?first`)
    await page.goBack()
    await page.goForward()
    expect(page.url()).toBe(`${world.publicUrl}/?first`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })
})

describe('where the issuer cannot be reached', () => {
  test('from the start on, a page says so, and its button works once the issuer is there', async () => {
    const port = await freePort()
    const redirectUris = [`http://localhost:${port}/.postern/callback`]
    await using issuer = await startIssuer({ redirectUris })
    await issuer.stop()
    await using world = await startStage({ port, provider: { issuer: issuer.issuer } })
    const page = await chromium.newPage()
    const answer = await page.goto(`${world.publicUrl}/?kept=1`)
    expect(answer?.status()).toBe(503)
    expect(await headingOf(page)).toBe('The sign-in service cannot be reached')
    await issuer.restart()
    const attempt = async () => (await world.browser().navigate(page.url())).status
    await expect.poll(attempt, patience).toBe(200)
    await page.getByRole('link', { name: 'Try again' }).click()
    await fillInSignIn(page, 'bob')
    await page.waitForURL(`${world.publicUrl}/?kept=1`)
    expect(await headingOf(page)).toBe('Good day, bob')
  })

  test('when the code is to be redeemed, the same sign-in goes on once it is back', async () => {
    await using world = await startStage()
    const page = await chromium.newPage()
    world.issuer.provider.once('authorization.success', ({ res }) => {
      res.once('finish', () => void world.issuer.stop())
    })
    await page.goto(`${world.publicUrl}/?kept=2`)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(/\/\.postern\/callback\?/)
    expect(await headingOf(page)).toBe('The sign-in service cannot be reached')
    await world.issuer.restart()
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.waitForURL(`${world.publicUrl}/?kept=2`)
    expect(await headingOf(page)).toBe('Good day, alice')
  })
})

describe('a browser that keeps no cookie of the gateway', () => {
  test('ends on a page that says what is wrong, after one more try', async () => {
    await using world = await startStage()
    await using proxy = await startCookieDropper(world.port, () => true)
    const page = await chromium.newPage({ proxy })
    const callbacks: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/.postern/callback')) callbacks.push(request.url())
    })
    await page.goto(world.publicUrl)
    await fillInSignIn(page, 'alice')
    await page.waitForURL(/\/\.postern\/callback\?/)
    expect(await headingOf(page)).toBe('This sign-in was not started here, or too long ago')
    expect(await page.locator('main').innerText()).toContain('accepts cookies')
    expect(callbacks).toHaveLength(2)
    expect(world.issuer.counts.token).toBe(0)
  })

  test('and one that loses the session alone is told so instead of going in circles', async () => {
    await using world = await startStage()
    await using proxy = await startCookieDropper(world.port, (name) => name === 'postern')
    const page = await chromium.newPage({ proxy })
    await page.goto(world.publicUrl)
    await fillInSignIn(page, 'alice')
    await page.getByText('login_loop').waitFor()
    expect(await headingOf(page)).toBe('Signing in goes round in circles')
    expect(world.issuer.counts.token).toBe(3)
    expect(world.upstream.requests).toEqual([])
  })
})
