import { html, type Html } from './html.ts'

/** Something to click. `href` is a path of ours, or empty for the address that the page has already. */
export interface Action {
  readonly label: string
  readonly href: string
  /** For what is rarely wanted. The first is loud otherwise. */
  readonly isQuiet?: boolean
}

export function renderActions(actions: readonly Action[]): Html | undefined {
  if (actions.length === 0) return undefined
  const items = actions.map(({ label, href, isQuiet = false }, at) => {
    const style = at === 0 && !isQuiet ? 'action' : 'action quiet'
    return html`<a class="${style}" href="${href}">${label}</a>`
  })
  return html`<div class="actions">${items}</div>`
}
