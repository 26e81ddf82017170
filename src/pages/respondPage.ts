import { respond } from '../http/respond.ts'
import type { ReceivedRequest } from '../request.ts'
import { renderLayout, type Page } from './layout.ts'
import { stylesheetSource } from './stylesheet.ts'

export interface PageAnswer {
  readonly status: number
  readonly page: Page
  /** Further fields, names and values in turn. */
  readonly fields?: readonly string[]
  /** Where forms of the page may lead, redirects included. Default: our own origin. */
  readonly formTargets?: string
}

/** Sends a page that may load nothing, run nothing and be framed by nobody. */
export function respondPage(received: ReceivedRequest, answer: PageAnswer): void {
  respond(received, {
    status: answer.status,
    contentType: 'text/html; charset=utf-8',
    body: renderLayout(answer.page),
    fields: [
      'Content-Security-Policy',
      contentSecurityPolicy(answer.formTargets ?? "'self'"),
      ...(answer.fields ?? []),
    ],
  })
}

function contentSecurityPolicy(formTargets: string): string {
  return [
    "default-src 'none'",
    `style-src ${stylesheetSource}`,
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formTargets}`,
    "frame-ancestors 'none'",
  ].join('; ')
}
