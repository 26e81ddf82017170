import { renderActions } from './action.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'

export function createSignedOutPage(loginUrl: string): Page {
  const body = html`<p>
      You can close this window, or sign in again. On a shared computer, close the browser as well.
    </p>
    ${renderActions([{ label: 'Sign in again', href: loginUrl }])}`
  return { title: 'You are signed out', body }
}
