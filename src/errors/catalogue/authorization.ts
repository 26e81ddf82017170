// Refusals of callers who are known and lack a right.

import type { CatalogueRow } from './row.ts'

export const authorizationRefusals = {
  access_denied: {
    status: 403,
    title: 'You may not use this page',
    advice:
      'You are known here, but your account lacks the right to this. Ask whoever runs the application.',
    logLevel: 'info',
  },
  insufficient_scope: {
    status: 403,
    title: 'What you were granted does not cover this',
    advice:
      'Sign in with an account that has the permission, or ask whoever runs the application. A program asks for an access token with the scope that the challenge names.',
    challenge: 'insufficient_scope',
    logLevel: 'info',
  },
} as const satisfies Record<string, CatalogueRow>
