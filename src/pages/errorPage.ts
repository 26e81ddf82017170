import { renderActions, type Action } from './action.ts'
import { html } from './html.ts'
import type { Page } from './layout.ts'
import type { PageWords } from './words.ts'

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
export function createErrorPage(
  { title, advice, code, actions, ...reference }: ErrorPage,
  words: PageWords,
): Page {
  const { time, requestId, waitSeconds } = reference
  const wait =
    waitSeconds === undefined ? undefined : html`<p>${describeWait(waitSeconds, words)}</p>`
  const body = html`<p>${advice}</p>
    ${wait} ${renderActions(actions)}
    <p class="hint">
      <code>${code}</code>
      <time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>
      <br />${words.request} <code>${requestId}</code>
    </p>`
  return { title, lang: words.lang, body }
}

const units = [
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** Never less than it is: `90 seconds`, `2 minutes`. */
function describeWait(seconds: number, { wait }: PageWords): string {
  const [size, unit] = units.find(([each]) => seconds >= 2 * each) ?? [1, 'second']
  return wait(Math.max(1, Math.ceil(seconds / size)), unit)
}
