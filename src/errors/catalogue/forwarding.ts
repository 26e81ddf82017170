// Refusals of bodies, and of what comes, or does not come, from upstreams.

import type { CatalogueRow } from './row.ts'

export const forwardingRefusals = {
  content_too_large: {
    status: 413,
    title: 'What you sent is too large',
    advice: 'Send less at once. Whoever runs the application decides how much is taken.',
    logLevel: 'info',
  },
  unsupported_media_type: {
    status: 415,
    title: 'This cannot be read as a form',
    advice: 'Open the page with the form and send it from there.',
    logLevel: 'info',
  },
  upstream_unreachable: {
    status: 502,
    title: 'The application cannot be reached',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  upstream_invalid_response: {
    status: 502,
    title: 'The application gave an answer that cannot be passed on',
    advice: 'Try again; if it stays, tell whoever runs the application.',
    logLevel: 'error',
  },
  upstream_overloaded: {
    status: 503,
    title: 'The application has more requests than it can answer',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
  upstream_timeout: {
    status: 504,
    title: 'The application took too long to answer',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
} as const satisfies Record<string, CatalogueRow>
