// Refusals of addresses and methods that lead nowhere.

import type { CatalogueRow } from './row.ts'

export const routingRefusals = {
  target_ambiguous: {
    status: 400,
    title: 'The address can be read in more than one way',
    advice: 'Check the address for encoded or doubled characters and try again.',
    logLevel: 'info',
  },
  route_not_found: {
    status: 404,
    title: 'There is nothing at this address',
    advice: 'Check the address, or go back to where you came from.',
    logLevel: 'info',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not allowed here',
    advice: 'Go back and use the links and buttons of the page.',
    logLevel: 'info',
  },
} as const satisfies Record<string, CatalogueRow>
