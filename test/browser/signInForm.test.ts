// The sign-in form in Chromium: in both languages, on a phone and on a desk, by day and by night, by keyboard, and
// for readers of the screen.

import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useChromium } from '../support/browser.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import { json } from '../support/rogueAnswers.ts'
import { startRogueIssuer } from '../support/rogueIssuer.ts'
import { startUpstream } from '../support/upstream.ts'
import type { World } from '../support/world.ts'
import { headingOf, startStage } from './stage.ts'

const languages = {
  en: {
    locale: 'en-GB',
    title: 'Sign in',
    username: 'User name',
    password: 'Password',
    wrong: 'The user name or the password is wrong. Check both and try again.',
  },
  'zh-Hans': {
    locale: 'zh-CN',
    title: '登录',
    username: '用户名',
    password: '密码',
    wrong: '用户名或密码不正确，请检查后重试。',
  },
} as const

const sizes = { phone: { width: 320, height: 640 }, desk: { width: 1280, height: 800 } } as const
const pictures = join(tmpdir(), 'postern-sign-in')

const chromium = useChromium()
let world: World

beforeAll(async () => {
  await mkdir(pictures, { recursive: true })
  world = await startStage({}, startPasswordWorld)
})
afterAll(() => world.stop())

const cases = (['en', 'zh-Hans'] as const).flatMap((lang) =>
  (['phone', 'desk'] as const).flatMap((size) =>
    (['light', 'dark'] as const).map((colorScheme) => [lang, size, colorScheme] as const),
  ),
)

test.each(cases)(
  'in %s on a %s, %s: shown, refused in plain words, signed in',
  async (lang, size, colorScheme) => {
    const words = languages[lang]
    const page = await chromium.newPage({
      viewport: sizes[size],
      locale: words.locale,
      colorScheme,
    })
    const take = (name: string) =>
      page.screenshot({ path: join(pictures, `${lang}-${size}-${colorScheme}-${name}.png`) })
    await page.goto(`${world.publicUrl}/`)
    expect(await headingOf(page)).toBe(words.title)
    expect(await page.getAttribute('html', 'lang')).toBe(lang)
    await take('form')
    await page.getByLabel(words.username).fill('alice')
    await page.getByLabel(words.password).fill('wrong')
    await page.getByRole('button', { name: words.title }).click()
    const alert = page.getByRole('alert')
    expect(await alert.innerText()).toBe(words.wrong)
    expect(await page.getByLabel(words.username).inputValue()).toBe('alice')
    expect(await page.getByLabel(words.password).inputValue()).toBe('')
    await take('refused')
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThan(1)
    await page.getByLabel(words.password).fill('alice')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${world.publicUrl}/`)
  },
)

test('by keyboard alone: the first field has the focus, then the password, then the button', async () => {
  const page = await chromium.newPage({ locale: 'en-GB' })
  await page.goto(`${world.publicUrl}/orders`)
  const focused = () => page.evaluate('document.activeElement.name || document.activeElement.type')
  expect(await focused()).toBe('username')
  await page.keyboard.type('bob')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('password')
  await page.keyboard.type('wrong')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('submit')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  // Because the name stands there already.
  expect(await focused()).toBe('password')
})

test('without script, and at twice the size, it works as ever', async () => {
  // Because 640 pixels at two to one are what a window of 1280 is at 200 %.
  const viewport = { width: 640, height: 400 }
  const options = { locale: 'en-GB', javaScriptEnabled: false, viewport, deviceScaleFactor: 2 }
  const page = await chromium.newPage(options)
  await page.goto(`${world.publicUrl}/public/about`)
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThan(1)
  await page.getByLabel('Password').fill('alice')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${world.publicUrl}/public/about`)
})

test('a password manager and a reader of the screen find what they look for', async () => {
  const page = await chromium.newPage({ locale: 'en-GB' })
  await page.goto(`${world.publicUrl}/orders`)
  const attributes = async (label: string) => {
    const field = page.getByLabel(label)
    const names = ['autocomplete', 'aria-invalid', 'aria-describedby']
    return Promise.all(names.map((name) => field.getAttribute(name)))
  }
  expect(await attributes('User name')).toEqual(['username', null, null])
  expect(await attributes('Password')).toEqual(['current-password', null, null])
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  expect(await page.title()).toBe('Not signed in · Sign in')
  expect(await attributes('Password')).toEqual(['current-password', 'true', 'problem'])
  expect(await page.locator('#problem').count()).toBe(1)
})

test('whoever needs a second factor arrives at the page of the issuer, which is another site', async () => {
  await using elsewhere = await startUpstream((_request, response) => response.end('the factor'))
  await using rogue = await startRogueIssuer()
  rogue.metadata = { authorization_endpoint: `${elsewhere.url}/authorize` }
  rogue.answers.token = json(403, { error: 'mfa_required' })
  await using strict = await startPasswordWorld({ provider: { issuer: rogue.issuer } })
  const page = await chromium.newPage({ locale: 'en-GB' })
  await page.goto(`${strict.publicUrl}/orders`)
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('right')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.href.startsWith(`${elsewhere.url}/authorize?`))
})

test('an application that sends people on to another site after the sign-in can do so', async () => {
  await using elsewhere = await startUpstream((_request, response) => response.end('welcome'))
  await using app = await startUpstream((_request, response) =>
    response.writeHead(302, { Location: `${elsewhere.url}/portal` }).end(),
  )
  await using leading = await startPasswordWorld({ upstream: app })
  const page = await chromium.newPage({ locale: 'en-GB' })
  await page.goto(`${leading.publicUrl}/`)
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('alice')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${elsewhere.url}/portal`)
})
