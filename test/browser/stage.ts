// A world with the old application in it, and people who look at it through Chromium.

import type { Page } from 'playwright-core'
import { createLegacyApp } from '../../demo/legacyApp.ts'
import { startRecorded } from '../support/upstream.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'

export const patience = { timeout: 10_000 }

/** A world in front of the old application; both end with it. */
export async function startStage(
  options: WorldOptions = {},
  start: (options: WorldOptions) => Promise<World> = startWorld,
): Promise<World> {
  const upstream = await startRecorded(createLegacyApp())
  const world = await start({ upstream, ...options })
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
