// Every refusal that can leave Postern, by its public code: a table for each room, joined here. It decides status,
// words and log level; the reference page docs/errors.md is generated from it.

import { admissionRefusals } from './catalogue/admission.ts'
import { authenticationRefusals } from './catalogue/authentication.ts'
import { authorizationRefusals } from './catalogue/authorization.ts'
import { forwardingRefusals } from './catalogue/forwarding.ts'
import { identityRefusals } from './catalogue/identity.ts'
import { listenerRefusals } from './catalogue/listener.ts'
import { routingRefusals } from './catalogue/routing.ts'
import type { CatalogueRow } from './catalogue/row.ts'
import { signingInRefusals } from './catalogue/signingIn.ts'

export const catalogue = {
  ...listenerRefusals,
  ...routingRefusals,
  ...authenticationRefusals,
  ...authorizationRefusals,
  ...admissionRefusals,
  ...identityRefusals,
  ...forwardingRefusals,
  ...signingInRefusals,
  internal_error: {
    status: 500,
    title: 'Something went wrong here',
    advice: 'Try again; if it stays, tell whoever runs the application.',
    logLevel: 'error',
  },
} as const satisfies Record<string, CatalogueRow>

export type RefusalCode = keyof typeof catalogue

/** The catalogue's row for a code, at its declared (not its literal) type. */
export function rowOf(code: RefusalCode): CatalogueRow {
  return catalogue[code]
}
