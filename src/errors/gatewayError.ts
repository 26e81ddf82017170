import type { Route } from '../config/routes/route.ts'
import type { RefusalCode } from './catalogue.ts'

export interface RefusalOptions {
  /** The fault underneath. Its message goes to the log alone. */
  readonly cause?: unknown
  /** Seconds for Retry-After, on answers that pass by themselves. */
  readonly retryAfterSeconds?: number
  /** Methods for Allow, with `method_not_allowed`. */
  readonly allow?: readonly string[]
  /** Scopes for the challenge, with `insufficient_scope`. */
  readonly scopes?: readonly string[]
  /** Whether the challenge offers HTTP Basic besides. */
  readonly orBasic?: boolean
  /** Names of the quotas that are used up, with `quota_exceeded`. */
  readonly violatedPolicies?: readonly string[]
  /** The providers whose sign-in would count, where the one that the person has does not. */
  readonly providers?: readonly string[]
  /** How people sign in there, with `providers`. */
  readonly signIn?: Pick<Route, 'authenticate' | 'signInPage' | 'returnParameter'>
  /** Where the person can sign in or start again: a path of ours. */
  readonly loginUrl?: string
  /** Set-Cookie values that the refusal has to carry. */
  readonly setCookies?: readonly string[]
}

/**
 * A refusal with a name. The name decides the response, in the catalogue.
 * `detail` is for the log alone: no secret, and never shown to the caller.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: RefusalCode
  readonly detail: string
  readonly options: RefusalOptions

  constructor(code: RefusalCode, detail: string, options: RefusalOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.detail = detail
    this.options = options
  }
}

/**
 * The refusal with these cookies of ours; anything else as it is. Because a session that was refreshed for this
 * request is lost if its new cookie does not leave with the refusal.
 */
export function withCookies(error: unknown, setCookies: readonly string[]): unknown {
  if (!(error instanceof GatewayError) || setCookies.length === 0) return error
  return new GatewayError(error.code, error.detail, { ...error.options, setCookies })
}
