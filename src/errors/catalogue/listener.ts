// Refusals of requests that cannot be read, or that nobody here should answer.

import type { CatalogueRow } from './row.ts'

export const listenerRefusals = {
  request_malformed: {
    status: 400,
    title: 'The request is malformed',
    advice: 'Check the address for stray characters and try again.',
    logLevel: 'info',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    advice: 'Check your connection and try again.',
    logLevel: 'info',
  },
  expectation_failed: {
    status: 417,
    title: 'The request expects something that is not offered here',
    advice: 'Send the request without the Expect field.',
    logLevel: 'info',
  },
  fields_too_large: {
    status: 431,
    title: 'The request carries too much header data',
    advice: 'Clear the cookies of this site and try again.',
    logLevel: 'info',
  },
  method_not_supported: {
    status: 501,
    title: 'This method is not supported',
    advice: 'Use one of the methods of HTTP that the application understands.',
    logLevel: 'info',
  },
  loop_detected: {
    status: 508,
    title: 'The request came back to the gateway that sent it',
    advice: 'The operator of this site has to correct where its upstreams point.',
    logLevel: 'error',
  },
} as const satisfies Record<string, CatalogueRow>
