// Refusals of requests that are too many.

import type { CatalogueRow } from './row.ts'

export const admissionRefusals = {
  quota_exceeded: {
    status: 429,
    title: 'Too many requests',
    advice: 'Wait before the next one, and ask less often.',
    logLevel: 'info',
  },
  route_busy: {
    status: 503,
    title: 'Too many requests are being worked on',
    advice: 'Wait a few seconds and reload.',
    logLevel: 'warn',
  },
} as const satisfies Record<string, CatalogueRow>
