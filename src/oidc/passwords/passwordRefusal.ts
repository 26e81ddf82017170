// What an issuer means by refusing a password, in the words of RFC 6749 §5.2, of the issuers that people use,
// and of GenAuth (Authing), which answers with numbers. What it says is read and never kept: it may quote the password.

import { toErrorCode } from '../issuer/faults.ts'

export type PasswordRefusalReason =
  | 'wrong_credentials'
  | 'account_locked'
  | 'password_expired'
  | 'mfa_required'
  | 'rate_limited'
  | 'unavailable'
  | 'misconfigured'

export interface PasswordRefusal {
  readonly reason: PasswordRefusalReason
  /** False where the issuer says this of right passwords alone, or before it looks at any. */
  readonly isCounted: boolean
  /** For the log: a status and a code, none of the issuer's own words. */
  readonly detail: string
}

type Members = Readonly<Record<string, unknown>>

/** By `apiCode` or `code` of GenAuth and Authing. */
const byNumber: ReadonlyMap<number, PasswordRefusalReason> = new Map([
  [1000, 'unavailable'],
  [1635, 'mfa_required'],
  [1636, 'mfa_required'],
  // A first sign-in, at which the password has to be changed.
  [1639, 'password_expired'],
  // A picture to be read, which only the issuer's own page can show.
  [2000, 'mfa_required'],
  [2004, 'wrong_credentials'],
  [2005, 'account_locked'],
  [2006, 'wrong_credentials'],
  [2333, 'wrong_credentials'],
])

const byError: ReadonlyMap<string, PasswordRefusalReason> = new Map([
  ['mfa_required', 'mfa_required'],
  ['interaction_required', 'mfa_required'],
  ['too_many_attempts', 'rate_limited'],
  ['too_many_requests', 'rate_limited'],
  ['slow_down', 'rate_limited'],
  ['password_expired', 'password_expired'],
  ['account_locked', 'account_locked'],
  ['user_locked', 'account_locked'],
  ['server_error', 'unavailable'],
  ['temporarily_unavailable', 'unavailable'],
  ['invalid_client', 'misconfigured'],
  ['invalid_request', 'misconfigured'],
  ['invalid_scope', 'misconfigured'],
  ['invalid_target', 'misconfigured'],
  ['unsupported_grant_type', 'misconfigured'],
  ['unauthorized_client', 'misconfigured'],
])

/** What is said beside `invalid_grant`; the first that fits counts. */
const byDescription: readonly (readonly [RegExp, PasswordRefusalReason])[] = [
  [
    /multi-?factor|two-?factor|second factor|\bmfa\b|\botp\b|AADSTS5007[69]|多因素/i,
    'mfa_required',
  ],
  [
    /password[^.]{0,40}expired|expired[^.]{0,20}password|must change|change (your |the )?password|not fully set up|AADSTS50055|密码.{0,4}过期/i,
    'password_expired',
  ],
  [
    /\block(ed|out)\b|disabled|deactivated|suspended|blocked|AADSTS5005[37]|锁定|禁用|停用|冻结/i,
    'account_locked',
  ],
]

/** Of these the password is not what is wrong. By code alone: words such as `wrong OTP` may be said of any password. */
const uncounted = {
  numbers: new Set<unknown>([1635, 1636, 1639]),
  errors: new Set<unknown>(['mfa_required', 'interaction_required', 'password_expired']),
  codes: /\bAADSTS(5007[69]|50055)\b/,
}

/** What the operator can look at, where the gateway itself was refused. */
const advice: ReadonlyMap<string, string> = new Map([
  ['invalid_client', 'check clientId, clientSecret and clientAuthentication'],
  ['unauthorized_client', 'the issuer has to allow this client the password grant'],
  [
    'unsupported_grant_type',
    'the issuer has to allow the password grant, and this client to use it',
  ],
  ['invalid_request', 'check password.parameters'],
  ['invalid_scope', 'check scopes'],
  ['invalid_target', 'check password.parameters'],
])

const maxDescriptionLength = 1000
const judged: ReadonlySet<number> = new Set([400, 401, 403, 422])

/** Undefined for the answer that tokens come in. `members` is undefined where the body was no JSON object. */
export function findPasswordRefusal(
  status: number,
  members: Members | undefined,
): PasswordRefusal | undefined {
  if (status === 200 && typeof members?.['access_token'] === 'string') return undefined
  const error = members?.['error']
  const said = typeof error === 'string' ? ` ${toErrorCode(error)}` : ''
  const number = findNumber(members)
  const answered = `the token endpoint answered ${status}${said}${number === undefined ? '' : ` ${number}`}`
  const reason = findReason(status, members, number)
  const detail = reason === 'misconfigured' ? answered + describeAdvice(error) : answered
  return { reason, isCounted: !isUncounted(reason, members, number), detail }
}

function describeAdvice(error: unknown): string {
  const said = advice.get(typeof error === 'string' ? error : '')
  return said === undefined ? '' : `; ${said}`
}

function findReason(
  status: number,
  members: Members | undefined,
  number: number | undefined,
): PasswordRefusalReason {
  if (status === 429) return 'rate_limited'
  if (status === 408 || status >= 500) return 'unavailable'
  const error = members?.['error']
  const known = byNumber.get(number ?? 0) ?? byError.get(typeof error === 'string' ? error : '')
  if (known !== undefined) return known
  if (status !== 200 && !judged.has(status)) return 'misconfigured'
  if (typeof error !== 'string' && number === undefined && status === 200) return 'misconfigured'
  return findInDescription(members) ?? 'wrong_credentials'
}

function isUncounted(
  reason: PasswordRefusalReason,
  members: Members | undefined,
  number: number | undefined,
): boolean {
  if (reason !== 'mfa_required' && reason !== 'password_expired') return false
  // Because a picture is asked for after many wrong passwords, whatever comes then.
  if (number !== undefined && byNumber.has(number)) return uncounted.numbers.has(number)
  return uncounted.errors.has(members?.['error']) || uncounted.codes.test(findText(members))
}

function findNumber(members: Members | undefined): number | undefined {
  for (const name of ['apiCode', 'code', 'statusCode']) {
    const value = members?.[name]
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  }
  return undefined
}

function findInDescription(members: Members | undefined): PasswordRefusalReason | undefined {
  const text = findText(members)
  return byDescription.find(([pattern]) => pattern.test(text))?.[1]
}

function findText(members: Members | undefined): string {
  const said = members?.['error_description'] ?? members?.['message']
  return typeof said === 'string' ? said.slice(0, maxDescriptionLength) : ''
}
