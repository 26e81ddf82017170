// A world with the old application in it, and people who look at it through Chromium.

import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { vi } from 'vitest'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'
import { startLegacyUpstream } from './legacyUpstream.ts'

// Because a browser is many processes, and slow where the cores are few and busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })
export const patience = { timeout: 10_000 }

export interface WatchedBrowser extends TestBrowser {
  /** What Chromium held against any page so far: violated policies and uncaught errors. */
  readonly complaints: readonly string[]
  /** Closes every page, and forgets its profile. */
  closePages(): Promise<void>
}

export async function startWatchedBrowser(): Promise<WatchedBrowser> {
  const browser = await startBrowser()
  const complaints: string[] = []
  const contexts = new Set<BrowserContext>()
  return {
    ...browser,
    complaints,
    async newPage(options?: BrowserContextOptions) {
      const page = await browser.newPage(options)
      const context = page.context()
      contexts.add(context)
      context.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) {
          complaints.push(`${message.page()?.url()}: ${message.text()}`)
        }
      })
      context.on('weberror', (fault) => complaints.push(String(fault.error())))
      return page
    },
    async closePages() {
      await Promise.all([...contexts].map((context) => context.close()))
      contexts.clear()
    },
  }
}

/** A world in front of the old application; both end with it. */
export async function startStage(options: WorldOptions = {}): Promise<World> {
  const upstream = await startLegacyUpstream()
  const world = await startWorld({ upstream, ...options })
  const stop = async (): Promise<void> => {
    // Because an open event stream would be waited for.
    const stopped = world.stop()
    await upstream.close()
    await stopped
  }
  return { ...world, stop, [Symbol.asyncDispose]: stop }
}

/** Fills in the issuer's form, which has to be there, and waits for the end of all redirects. */
export async function fillInSignIn(page: Page, who: string): Promise<void> {
  await page.getByLabel('Login').fill(who)
  await page.getByLabel('Password').fill(who)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Opens `url` and signs in on the way to it. */
export async function signIn(page: Page, url: string, who = 'alice'): Promise<void> {
  await page.goto(url)
  await fillInSignIn(page, who)
  await page.waitForURL(url)
}

/** The heading of the page, as people read it. */
export function headingOf(page: Page): Promise<string> {
  return page.getByRole('heading', { level: 1 }).innerText()
}
