// Refusals where the upstream cannot be told who is calling.

import type { CatalogueRow } from './row.ts'

export const identityRefusals = {
  identity_too_large: {
    status: 403,
    title: 'Your account has more attributes than fit into a request',
    advice: 'Ask whoever runs the application to send it fewer of them.',
    logLevel: 'warn',
  },
  upstream_user_unknown: {
    status: 403,
    title: 'Your account lacks the name that the application knows people by',
    advice: 'Ask whoever runs the application to give your account one.',
    logLevel: 'warn',
  },
  upstream_credentials_refused: {
    status: 502,
    title: 'The sign-in service does not let this gateway into the application',
    advice: 'Tell whoever runs the application: its log says what to look at.',
    logLevel: 'error',
  },
  upstream_credentials_unavailable: {
    status: 503,
    title: 'What the application wants to see cannot be had at the moment',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'error',
  },
} as const satisfies Record<string, CatalogueRow>
