import type { Action } from './action.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'
import type { PageWords } from './words.ts'

/** Lets a person choose where to sign in; one entry for each provider. */
export function createChooserPage(choices: readonly Action[], { lang, chooser }: PageWords): Page {
  const items = choices.map(
    ({ label, href }) => html`<li><a class="action quiet choice" href="${href}">${label}</a></li>`,
  )
  const body = html`<p>${chooser.advice}</p>
    <ul class="actions">
      ${items}
    </ul>`
  return { title: chooser.title, lang, body }
}
