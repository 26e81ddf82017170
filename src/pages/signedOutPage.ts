import { renderActions } from './action.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'
import type { PageWords } from './words.ts'

export function createSignedOutPage(loginUrl: string, { lang, signedOut }: PageWords): Page {
  const body = html`<p>${signedOut.advice}</p>
    ${renderActions([{ label: signedOut.signIn, href: loginUrl }])}`
  return { title: signedOut.title, lang, body }
}
