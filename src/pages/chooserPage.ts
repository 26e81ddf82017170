import type { Action } from './action.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'

/** Lets a person choose where to sign in; one entry for each provider. */
export function createChooserPage(choices: readonly Action[]): Page {
  const items = choices.map(
    ({ label, href }) => html`<li><a class="action quiet choice" href="${href}">${label}</a></li>`,
  )
  const body = html`<p>Choose the account that you want to use here.</p>
    <ul class="actions">
      ${items}
    </ul>`
  return { title: 'Where do you want to sign in?', body }
}
