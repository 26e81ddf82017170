import { html } from './html.ts'
import type { Page } from './layout.ts'

export interface LogoutForm {
  /** Where the form is posted to. */
  readonly action: string
  /** Proves that the form came from this page. */
  readonly csrfToken: string
  readonly rd: string | undefined
}

/** Asks before a link from another site signs anybody out. */
export function createConfirmLogoutPage({ action, csrfToken, rd }: LogoutForm): Page {
  const place = rd === undefined ? undefined : html`<input type="hidden" name="rd" value="${rd}" />`
  const body = html`<p>A link on another site brought you here. Nothing has happened yet.</p>
    <form method="post" action="${action}">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />${place}
      <div class="actions">
        <button class="action" type="submit">Sign out</button>
        <a class="action quiet" href="/">Stay signed in</a>
      </div>
    </form>`
  return { title: 'Do you want to sign out?', body }
}
