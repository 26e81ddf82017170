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
  /** After which it may succeed, where that is known. */
  readonly waitSeconds?: number | undefined
  readonly actions: readonly Action[]
}

/** What a person sees instead of what they asked for. */
export function createErrorPage({ title, advice, code, actions, ...reference }: ErrorPage): Page {
  const { time, requestId, waitSeconds } = reference
  const wait =
    waitSeconds === undefined ? undefined : html`<p>Try again in ${toWords(waitSeconds)}.</p>`
  const body = html`<p>${advice}</p>
    ${wait} ${renderActions(actions)}
    <p class="hint">
      <code>${code}</code>
      <time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>
      <br />Request <code>${requestId}</code>
    </p>`
  return { title, body }
}

const units = [
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** Never less than it is: `90 seconds`, `2 minutes`. */
function toWords(seconds: number): string {
  const [size, unit] = units.find(([each]) => seconds >= 2 * each) ?? [1, 'second']
  const count = Math.max(1, Math.ceil(seconds / size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
