import type { PagesConfig } from '../config/schema/pages.ts'
import type { CookieJar } from '../http/cookies.ts'
import { respond } from '../http/respond.ts'
import type { ReceivedRequest } from '../request.ts'
import { renderLayout, type Page } from './layout.ts'
import { createLook, renderMasthead, renderStyle, toStyleSource } from './look.ts'
import { stylesheetSource } from './stylesheet.ts'

interface AnswerOptions {
  readonly status: number
  /** Further fields, names and values in turn. */
  readonly fields?: readonly string[]
  /** Where forms of the page may lead, redirects included. Default: our own origin. */
  readonly formTargets?: string
}

export interface PageAnswer extends AnswerOptions {
  readonly page: Page
}

/** A whole document, and the styles in it that its policy is to allow. */
export interface RenderedPage {
  readonly text: string
  readonly lang: string
  readonly styleSources: readonly string[]
}

export type RespondPage = (received: ReceivedRequest, answer: PageAnswer) => void

/**
 * Sends pages that look like the operator's, and may load nothing, run nothing and be framed by nobody.
 *
 * @throws Error where the logo is gone
 */
export function createRespondPage(config: PagesConfig): RespondPage {
  const look = createLook(config)
  const dress = { masthead: renderMasthead(look), style: renderStyle(look) }
  const ownStyle = look.style === '' ? [] : [toStyleSource(look.style)]
  const styleSources = [stylesheetSource, ...ownStyle]
  return (received, { page, ...options }) => {
    const windowTitle = [page.title, look.siteName].filter(Boolean).join(' · ')
    const text = renderLayout({ ...page, ...dress, windowTitle })
    respondRendered(received, { text, lang: page.lang ?? 'en', styleSources }, options)
  }
}

export function respondRendered(
  received: ReceivedRequest,
  { text, lang, styleSources }: RenderedPage,
  { status, fields = [], formTargets = "'self'" }: AnswerOptions,
): void {
  respond(received, {
    status,
    contentType: 'text/html; charset=utf-8',
    body: text,
    fields: [
      'Content-Language',
      lang,
      'Content-Security-Policy',
      contentSecurityPolicy(styleSources, formTargets),
      ...fields,
    ],
  })
}

/**
 * For a form whose answer may lead to another site: browsers hold `form-action` against every redirect on the way,
 * and an issuer may send people on to others.
 */
export function toFormTargets({ isSecure }: Pick<CookieJar, 'isSecure'>): string {
  return isSecure ? "'self' https:" : "'self' https: http:"
}

function contentSecurityPolicy(styleSources: readonly string[], formTargets: string): string {
  return [
    "default-src 'none'",
    ...(styleSources.length === 0 ? [] : [`style-src ${styleSources.join(' ')}`]),
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formTargets}`,
    "frame-ancestors 'none'",
  ].join('; ')
}
