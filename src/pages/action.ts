import { html, type Html } from './html.ts'

/** Something to click. `href` is a path of ours, or empty for the address that the page has already. */
export interface Action {
  readonly label: string
  readonly href: string
}

export function renderActions(actions: readonly Action[]): Html | undefined {
  if (actions.length === 0) return undefined
  const items = actions.map(
    ({ label, href }, at) =>
      html`<a class="${at === 0 ? 'action' : 'action quiet'}" href="${href}">${label}</a>`,
  )
  return html`<div class="actions">${items}</div>`
}
