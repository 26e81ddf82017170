// What can go wrong between here and the issuer, in five kinds, and the kind of every error of openid-client.
// Details are for the log: no token, no code and no answer of the issuer stands in them.

import { ClientError, ResponseBodyError } from 'openid-client'

/** No answer, or none that means anything: network, time, size, status, form. Says nothing about a person. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable'
  /** False where the head of an answer came: the issuer may have acted on what it was sent. */
  readonly isSilent: boolean

  constructor(message: string, isSilent = true) {
    super(message)
    this.isSilent = isSilent
  }
}

/** The token endpoint said no, in the words of RFC 6749 §5.2. */
export class TokenRequestRefused extends Error {
  override readonly name = 'TokenRequestRefused'
  readonly errorCode: string

  constructor(errorCode: string) {
    super(`the token endpoint answered ${errorCode}`)
    this.errorCode = errorCode
  }
}

/** The authorization endpoint said no, through the browser, in the words of RFC 6749 §4.1.2.1. */
export class AuthorizationRequestRefused extends Error {
  override readonly name = 'AuthorizationRequestRefused'
  readonly errorCode: string

  constructor(errorCode: string) {
    super(`the authorization endpoint answered ${errorCode}`)
    this.errorCode = errorCode
  }
}

/** An answer in good JSON that is not what the specification asks for. */
export class AnswerInvalid extends Error {
  override readonly name = 'AnswerInvalid'
}

/** An ID Token that failed a check. */
export class IdTokenRefused extends Error {
  override readonly name = 'IdTokenRefused'
}

export type IssuerFault =
  | IssuerUnavailable
  | TokenRequestRefused
  | AuthorizationRequestRefused
  | AnswerInvalid
  | IdTokenRefused

export function isIssuerFault(error: unknown): error is IssuerFault {
  return (
    error instanceof IssuerUnavailable ||
    error instanceof TokenRequestRefused ||
    error instanceof AuthorizationRequestRefused ||
    error instanceof AnswerInvalid ||
    error instanceof IdTokenRefused
  )
}

/** The fault behind an error of openid-client, or the error itself where it is none of the issuer's. */
export function toIssuerFault(error: unknown): unknown {
  const fault = findInCauses(error, isIssuerFault)
  if (fault !== undefined) return fault
  if (error instanceof ResponseBodyError) return toRefusal(error.error)
  if (!(error instanceof ClientError)) return error
  const reason = describe(error)
  return concernsAnswer(error) ? new AnswerInvalid(reason) : new IdTokenRefused(reason)
}

// Because all registered codes look like this (RFC 6749 §11.4), although §5.2 would allow nearly any character.
const errorCode = /^[a-z][a-z0-9_]{0,63}$/

/** An OAuth error code as it may stand in a log. Threat: a peer that quotes the code or token it was sent. */
export function toErrorCode(text: string): string {
  return errorCode.test(text) ? text : 'an error code that is none'
}

const passingErrors = new Set(['server_error', 'temporarily_unavailable'])

function toRefusal(code: string): IssuerFault {
  if (passingErrors.has(code)) return new IssuerUnavailable(`the token endpoint answered ${code}`)
  return new TokenRequestRefused(toErrorCode(code))
}

function findInCauses<T extends Error>(
  error: unknown,
  isWanted: (error: unknown) => error is T,
): T | undefined {
  for (let each = error; each instanceof Error; each = each.cause) if (isWanted(each)) return each
  return undefined
}

// Because openid-client reads the ID Token before it hands over the answer: what it names in the innermost
// cause tells which of the two it did not like. A status that is not the expected one has a Response there.
function concernsAnswer(error: ClientError): boolean {
  const { cause } = error
  if (cause instanceof Response) return true
  const inner = cause instanceof Error ? cause.cause : undefined
  return typeof inner === 'object' && inner !== null && 'body' in inner
}

// Because the library's own sentences are constant, while what it hangs below them holds whole answers.
function describe(error: ClientError): string {
  return error.cause instanceof Error && !(error.cause instanceof SyntaxError)
    ? error.cause.message
    : error.message
}
