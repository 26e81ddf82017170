import { afterAll, beforeAll, expect, test } from 'vitest'
import { useChromium } from '../support/browser.ts'
import { createTurnableClock } from '../support/clock.ts'
import { startIssuer, type TestIssuer } from '../support/issuer.ts'
import { freePort } from '../support/ports.ts'
import { startWorld, type World } from '../support/world.ts'
import { idleSeconds, ownPages } from './ownPages.ts'
import { startStage } from './stage.ts'

const chromium = useChromium()
let issuer: TestIssuer
let world: World
const clock = createTurnableClock()

beforeAll(async () => {
  const port = await freePort()
  issuer = await startIssuer({ redirectUris: [`http://localhost:${port}/.postern/callback`] })
  const { clientId, clientSecret } = issuer
  const scopes = ['openid', 'profile', 'groups']
  const here = { id: 'here', displayName: 'Example Identity', clientId, clientSecret, scopes }
  const away = { id: 'away', displayName: 'Identity of a partner', clientId: 'none' }
  world = await startStage({
    port,
    clock,
    sessions: { idleTimeout: `${idleSeconds}s` },
    config: {
      providers: [
        { ...here, issuer: issuer.issuer },
        { ...away, issuer: `http://localhost:${await freePort()}` },
      ],
    },
  })
})
afterAll(async () => {
  await world.stop()
  await issuer.stop()
})

test.each(ownPages)(
  '"$title" is readable on a phone by day and by night, and needs nothing but itself',
  async ({ title, status, show }) => {
    const page = await chromium.newPage({ viewport: { width: 320, height: 640 } })
    const statuses: number[] = []
    page.on('response', (response) => {
      // Because the page before may still be asking for things of its own.
      if (response.request().isNavigationRequest()) statuses.push(response.status())
    })
    await show(page, { world, clock })
    expect(statuses.at(-1)).toBe(status)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await page.evaluate(look)).toEqual({
        title,
        headings: [title],
        scripts: 0,
        loaded: 0,
        overflow: 0,
        smallTargets: [],
        faintTexts: [],
      })
    }
  },
)

test.each(ownPages)('"$title" is shown in Chinese to who reads that', async ({ show }) => {
  const viewport = { width: 320, height: 640 }
  const page = await chromium.newPage({ viewport, locale: 'zh-CN' })
  await show(page, { world, clock })
  expect(await page.getAttribute('html', 'lang')).toBe('zh-Hans')
  const { title, headings, overflow } = await page.evaluate(look)
  expect(title).toMatch(/\p{Script=Han}/u)
  expect(headings).toEqual([title])
  expect(overflow).toBe(0)
  const names = new Set(['Example Identity', 'Identity of a partner'])
  for (const text of await page.locator('main a, main button, main p:not(.hint)').allInnerTexts()) {
    if (!names.has(text)) expect(text).toMatch(/\p{Script=Han}/u)
  }
})

test('a form that is refused leads back to the page that it was on', async () => {
  const page = await chromium.newPage({ locale: 'en-GB' })
  await ownPages.find(({ status }) => status === 405)!.show(page, { world, clock })
  await page.getByRole('link', { name: 'Go back' }).click()
  await page.waitForURL(`${world.publicUrl}/public/about`)
})

test('every page has the name and the colours of the operator, in its title, too', async () => {
  const pages = { title: 'Acme Paper Mill', colors: { accent: '#7a1f3d' } }
  await using dressed = await startWorld({ config: { pages } })
  const page = await chromium.newPage({ colorScheme: 'light' })
  for (const [place, title] of [
    ['logout', 'You are signed out'],
    ['nothing', 'There is nothing at this address'],
  ]) {
    await page.goto(`${dressed.publicUrl}/.postern/${place}`)
    expect(await page.title()).toBe(`${title} · Acme Paper Mill`)
    expect(await page.getByRole('main').innerText()).toMatch(/^Acme Paper Mill\n/)
    const edge = "getComputedStyle(document.querySelector('main')).borderTopColor"
    expect(await page.evaluate(edge)).toBe('rgb(122, 31, 61)')
  }
})

// What of the DOM is used here: the house's own code never runs in a browser, and its types do not know one.
interface PageElement {
  readonly innerText: string
  readonly parentElement: PageElement | null
  getBoundingClientRect(): { readonly height: number }
}
declare const document: {
  readonly title: string
  readonly scripts: readonly PageElement[]
  readonly documentElement: { readonly scrollWidth: number; readonly clientWidth: number }
  querySelectorAll(selector: string): Iterable<PageElement>
}
declare function getComputedStyle(element: PageElement): {
  readonly color: string
  readonly backgroundColor: string
}

/** Runs in the page. Contrast as WCAG 2.2 §1.4.3 reckons it; targets as people with thumbs need them. */
function look() {
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const groundOf = (element: PageElement): string => {
    const { backgroundColor } = getComputedStyle(element)
    const parent = element.parentElement
    return backgroundColor === 'rgba(0, 0, 0, 0)' && parent ? groundOf(parent) : backgroundColor
  }
  const contrast = (element: PageElement): number => {
    const both = [getComputedStyle(element).color, groundOf(element)].map(luminance)
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)
  }
  const textOf = (elements: Iterable<PageElement>) => [...elements].map((one) => one.innerText)
  const texts = [...document.querySelectorAll('main h1, main p, main a, main button, main code')]
  const targets = [...document.querySelectorAll('a, button')]
  const { scrollWidth, clientWidth } = document.documentElement
  return {
    title: document.title,
    headings: textOf(document.querySelectorAll('h1')),
    scripts: document.scripts.length,
    loaded: performance.getEntriesByType('resource').length,
    overflow: scrollWidth - clientWidth,
    smallTargets: textOf(targets.filter((target) => target.getBoundingClientRect().height < 44)),
    faintTexts: textOf(texts.filter((text) => contrast(text) < 4.5)),
  }
}
