import { html } from './html.ts'
import type { Page } from './layout.ts'
import type { PageWords } from './words.ts'

export interface LogoutForm {
  /** Where the form is posted to. */
  readonly action: string
  /** Proves that the form came from this page. */
  readonly csrfToken: string
  readonly rd: string | undefined
}

/** Asks before a link from another site signs anybody out. */
export function createConfirmLogoutPage(
  { action, csrfToken, rd }: LogoutForm,
  { lang, confirmLogout }: PageWords,
): Page {
  const place = rd === undefined ? undefined : html`<input type="hidden" name="rd" value="${rd}" />`
  const body = html`<p>${confirmLogout.advice}</p>
    <form method="post" action="${action}">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />${place}
      <div class="actions">
        <button class="action" type="submit">${confirmLogout.signOut}</button>
        <a class="action quiet" href="/">${confirmLogout.stay}</a>
      </div>
    </form>`
  return { title: confirmLogout.title, lang, body }
}
