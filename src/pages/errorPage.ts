import { renderActions, type Action } from './action.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'

export interface ErrorPage {
  readonly title: string
  readonly advice: string
  /** The refusal's public name. */
  readonly code: string
  /** When it happened, in ISO 8601 and UTC, for whoever looks it up in the log. */
  readonly time: string
  /** By which the log line is found. */
  readonly requestId: string
  readonly actions: readonly Action[]
}

/** What a person sees instead of what they asked for. */
export function createErrorPage({ title, advice, code, actions, ...reference }: ErrorPage): Page {
  const { time, requestId } = reference
  const body = html`<p>${advice}</p>
    ${renderActions(actions)}
    <p class="hint">
      <code>${code}</code>
      <time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>
      <br />Request <code>${requestId}</code>
    </p>`
  return { title, body }
}
