// What all pages have in common. No script, nothing loaded from elsewhere, readable on a phone, dark and light.

import { Html, html } from './html.ts'
import { stylesheet } from './stylesheet.ts'

export interface Page {
  /** The heading, and the title of the window unless that has one of its own. */
  readonly title: string
  readonly windowTitle?: string
  /** Language tag (RFC 5646). Default: `en`. */
  readonly lang?: string
  /** In place of our mark. */
  readonly masthead?: Html | undefined
  /** A style element to be laid over the stylesheet. */
  readonly style?: Html | undefined
  readonly body: Html
}

// A gate that stands ajar. Its colour comes from the text around it.
const mark = html`<svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
  <path
    d="M6 36V19a14 14 0 0 1 28 0v17"
    fill="none"
    stroke="currentColor"
    stroke-width="3.5"
    stroke-linecap="round"
  />
  <path d="M14 36V19.5a6 6 0 0 1 6-6v22.5" fill="currentColor" />
  <path d="M2.5 36.5h35" stroke="currentColor" stroke-width="3" stroke-linecap="round" />
</svg>`

const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 40 40%22%3E%3Cpath d=%22M6 36V19a14 14 0 0 1 28 0v17%22 fill=%22none%22 stroke=%22%2314594a%22 stroke-width=%225%22/%3E%3Cpath d=%22M14 36V19.5a6 6 0 0 1 6-6v22.5%22 fill=%22%2314594a%22/%3E%3C/svg%3E'

const style = new Html(`<style>${stylesheet}</style>`)

/** A whole document. */
export function renderLayout(page: Page): string {
  const { title, windowTitle = title, lang = 'en', masthead = mark, body } = page
  const document = html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${windowTitle}</title>
        <link rel="icon" href="${icon}" />
        ${style}${page.style}
      </head>
      <body>
        <main>
          ${masthead}
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `
  return document.text
}
