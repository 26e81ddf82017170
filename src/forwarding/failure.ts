// What an error of an upstream connection means to the caller. Only codes are judged and told on, never messages:
// a message may quote what the upstream sent.

import { errors } from 'undici'
import type { RefusalCode } from '../errors/catalogue.ts'
import { toFaultCode } from '../errors/faultCode.ts'

export type FailureCode = Extract<
  RefusalCode,
  | 'upstream_unreachable'
  | 'upstream_invalid_response'
  | 'upstream_overloaded'
  | 'upstream_timeout'
  | 'internal_error'
>

const timeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

// Because undici refuses a request only for what an earlier room should have removed or refused.
const ownFaults: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])

/**
 * Stands in place of ECONNRESET on connections to upstreams. Because undici takes that for the end of an answer
 * without length, and what was cut off would look whole (RFC 9112 §8).
 */
export const connectionReset = 'CONNECTION_RESET'

const brokenConnections: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', connectionReset, 'EPIPE'])

/** `hasAnswered`: at least one byte of an answer had come. */
export function toFailureCode(error: Error, hasAnswered: boolean): FailureCode {
  const code = toFaultCode(error)
  if (ownFaults.has(code)) return 'internal_error'
  if (hasAnswered || isInvalidResponse(error)) return 'upstream_invalid_response'
  return timeouts.has(code) ? 'upstream_timeout' : 'upstream_unreachable'
}

function isInvalidResponse(error: Error): boolean {
  return (
    error instanceof errors.HTTPParserError || toFaultCode(error) === 'UND_ERR_HEADERS_OVERFLOW'
  )
}

/** Whether an open connection broke, as one does that the upstream closes while a request is on its way. */
export function isBrokenConnection(error: Error): boolean {
  return brokenConnections.has(toFaultCode(error))
}
