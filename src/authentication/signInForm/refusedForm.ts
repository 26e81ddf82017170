// What a person, or the script behind a form, is told when a sign-in by the application's own form came to nothing: the
// application's own page where it names one, else a page or problem details of ours.

import type { Config } from '../../config/config.ts'
import type { FailureReason, SignInFormConfig } from '../../config/schema/signInForm.ts'
import type { RefusalCode } from '../../errors/catalogue.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { prefersHtml } from '../../http/navigation.ts'
import { findReturnPlace, toLoginUrl, withParameter } from '../../http/redirects.ts'
import { respond } from '../../http/respond.ts'
import type { ReceivedRequest } from '../../request.ts'
import type { Destination } from './destination.ts'

export interface FormRefusal extends Destination {
  readonly reason: FailureReason
  readonly detail: string
  readonly retryAfterSeconds?: number
  /** Whose people sign in. */
  readonly providerId: string
}

const codes: Readonly<Record<FailureReason, RefusalCode>> = {
  wrong_credentials: 'wrong_password',
  incomplete: 'credentials_missing',
  throttled: 'too_many_attempts',
  rate_limited: 'too_many_attempts',
  account_locked: 'account_locked',
  password_expired: 'password_expired',
  mfa_required: 'mfa_required',
  unavailable: 'issuer_unavailable',
  misconfigured: 'login_misconfigured',
}

/** @throws GatewayError by the reason, where no page of the application's is named or a script has sent the form */
export function refuseForm(
  received: ReceivedRequest,
  refusal: FormRefusal,
  { config, settings }: { readonly config: Config; readonly settings: SignInFormConfig },
): void {
  const { reason, detail, place, providerId } = refusal
  const isForPerson = prefersHtml(received.incoming.headers)
  // Because the issuer's own page can ask for the second factor.
  const issuersPage = toLoginUrl(config.prefix, place, providerId)
  const isElsewhere = reason === 'mfa_required'
  const location = isElsewhere ? issuersPage : findPage(settings, refusal)
  if (!isForPerson || location === undefined) {
    throw toError(refusal, isElsewhere ? issuersPage : findReturnPlace(received, config))
  }
  received.record.detail = `${reason}: ${detail}`
  respond(received, { status: 303, fields: ['Location', location] })
}

function findPage(
  { failure, success: { redirectField } }: SignInFormConfig,
  { reason, named }: FormRefusal,
): string | undefined {
  const { redirect, parameter, values } = failure
  if (redirect === undefined) return undefined
  const page = withParameter(redirect, parameter, values[reason] ?? reason)
  // Because the next attempt is to lead where this one would have.
  if (redirectField === undefined || named === undefined) return page
  return withParameter(page, redirectField, named)
}

function toError(
  { reason, detail, retryAfterSeconds }: FormRefusal,
  loginUrl: string,
): GatewayError {
  const code = codes[reason]
  const passes = code === 'too_many_attempts' && retryAfterSeconds !== undefined
  return new GatewayError(code, `${reason}: ${detail}`, {
    loginUrl,
    ...(passes ? { retryAfterSeconds } : {}),
  })
}
