// What a row of the catalogue says about a refusal.

export type ChallengeError =
  | 'none'
  | 'basic'
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

export interface CatalogueRow {
  readonly status: number
  /** What a person reads first: one short sentence, no full stop. */
  readonly title: string
  /** What the person can do now. Never says more than an attacker may know. */
  readonly advice: string
  /**
   * The error of RFC 6750 §3.1 or RFC 9449 §7.1 that goes into WWW-Authenticate; `none` challenges without one,
   * `basic` for a client id and a secret.
   */
  readonly challenge?: ChallengeError
  /** `warn` for what an operator should see, `info` for everyday refusals. */
  readonly logLevel: 'info' | 'warn' | 'error'
}
