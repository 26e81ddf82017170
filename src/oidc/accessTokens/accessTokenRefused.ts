/** The label in the metrics; the exact finding is the error's message. */
export type AccessTokenReason =
  | 'malformed'
  | 'issuer'
  | 'header'
  | 'algorithm'
  | 'type'
  | 'signature'
  | 'audience'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime'
  | 'claims'
  | 'bound'
  | 'inactive'

/** An access token that failed a check. The message is for the log: no token stands in it. */
export class AccessTokenRefused extends Error {
  override readonly name = 'AccessTokenRefused'
  readonly reason: AccessTokenReason

  constructor(reason: AccessTokenReason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What was found, as it may stand in a log. */
export function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100)
}
