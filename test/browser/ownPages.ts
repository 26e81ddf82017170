// Every kind of page that Postern itself shows, and how a person gets to see it.

import type { Page } from 'playwright-core'
import type { TurnableClock } from '../support/clock.ts'
import type { World } from '../support/world.ts'
import { fillInSignIn } from './stage.ts'

/** Short, because the issuer's own clock is not turned, and its tokens live for an hour. */
export const idleSeconds = 300

export interface Stage {
  /** With two providers: `here`, and `away`, where nobody listens. */
  readonly world: World
  readonly clock: TurnableClock
}

export interface OwnPage {
  readonly title: string
  readonly status: number
  readonly show: (page: Page, stage: Stage) => Promise<unknown>
}

export const ownPages: readonly OwnPage[] = [
  {
    title: 'Where do you want to sign in?',
    status: 200,
    show: (page, { world }) => page.goto(`${world.publicUrl}/.postern/login`),
  },
  {
    title: 'There is nothing at this address',
    status: 404,
    show: (page, { world }) => page.goto(`${world.publicUrl}/.postern/nothing`),
  },
  {
    title: 'This sign-in was not started here, or too long ago',
    status: 400,
    show: (page, { world }) => page.goto(`${world.publicUrl}/.postern/callback?state=x.again`),
  },
  {
    title: 'The sign-in service cannot be reached',
    status: 503,
    show: (page, { world }) => page.goto(`${world.publicUrl}/.postern/login?provider=away`),
  },
  {
    title: 'You may not use this page',
    status: 403,
    show: async (page, { world }) => {
      await signInHere(page, world, 'bob')
      await page.goto(`${world.publicUrl}/admin`)
    },
  },
  {
    title: 'Sign in to continue',
    status: 401,
    show: async (page, { world, clock }) => {
      await signInHere(page, world, 'bob')
      clock.forward(idleSeconds + 60)
      const file = { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') }
      await page.getByLabel('File').setInputFiles(file)
      await page.getByRole('button', { name: 'Upload' }).click()
      await page.waitForURL(`${world.publicUrl}/upload`)
    },
  },
  {
    title: 'This method is not allowed here',
    status: 405,
    show: async (page, { world }) => {
      await page.goto(`${world.publicUrl}/public/about`)
      await page.evaluate(sendForm)
      await page.waitForURL(`${world.publicUrl}/.postern/session`)
    },
  },
  {
    title: 'Do you want to sign out?',
    status: 200,
    show: async (page, { world }) => {
      await signInHere(page, world, 'alice')
      // Because 127.0.0.1 is another site than localhost.
      await page.goto(`${world.upstream.url}/public/about`)
      await page.evaluate(`location.assign("${world.publicUrl}/.postern/logout")`)
      await page.waitForURL(`${world.publicUrl}/.postern/logout`)
    },
  },
  {
    title: 'You are signed out',
    status: 200,
    show: (page, { world }) => page.goto(`${world.publicUrl}/.postern/logout`),
  },
]

const sendForm = `{
  const form = document.body.appendChild(document.createElement('form'))
  form.method = 'post'
  form.action = '/.postern/session'
  form.submit()
}`

async function signInHere(page: Page, { publicUrl }: World, who: string): Promise<void> {
  await page.goto(`${publicUrl}/.postern/login?provider=here`)
  await fillInSignIn(page, who)
  await page.waitForURL(`${publicUrl}/`)
}
