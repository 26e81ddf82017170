// A sign-in by user name and password, from whichever form or field they came: counted before the issuer is asked,
// written down as what an auditor wants to know, and refused in a time that tells nothing. The password goes to the
// token endpoint and nowhere else.

import { setTimeout as wait } from 'node:timers/promises'
import type { Session, SignIn } from '../../sessions/session.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Throttling } from '../../throttling/createThrottling.ts'
import type { Admission } from '../../throttling/throttle.ts'
import type { Milliseconds } from '../../time.ts'
import { createPasswordAudit, toFailure } from './passwordAudit.ts'
import type { PasswordCredentials, PasswordGrantResult } from './passwordGrant.ts'
import type { PasswordRefusalReason } from './passwordRefusal.ts'
import type { RelyingParty } from '../login/relyingParty.ts'

export interface PasswordAttempt extends PasswordCredentials {
  /** A provider that has `password`. */
  readonly providerId: string
  readonly clientAddress: string
  /** Ties what is written about the attempt to the line of its request. */
  readonly requestId: string
}

export interface RefusedSignIn {
  readonly outcome: 'refused'
  /** `throttled`: the issuer was not asked. */
  readonly reason: PasswordRefusalReason | 'throttled'
  /** For the log. */
  readonly detail: string
  /** With `throttled`, and where the account has to wait from now on. */
  readonly retryAfterSeconds?: number
}

export type PasswordSignInResult<T> =
  | { readonly outcome: 'signed_in'; readonly opened: T }
  | RefusedSignIn

/**
 * `open` makes of the sign-in what the way in wants of it; it has succeeded, and is written down, once that is there.
 * Throws what `open` throws.
 */
export type SignInWithPassword = <T extends { readonly session: Pick<Session, 'id'> | undefined }>(
  attempt: PasswordAttempt,
  open: (signIn: SignIn) => T | Promise<T>,
) => Promise<PasswordSignInResult<T>>

export interface PasswordSignInOptions {
  readonly relyingParties: ReadonlyMap<string, RelyingParty>
  readonly throttling: Throttling
  /** `throttling.answerTime`. */
  readonly answerTime: Milliseconds
  readonly log: Log
  readonly metrics: Pick<Metrics, 'passwordSignIns'>
}

/** Never throws for anything that the person or the issuer does. */
export function createPasswordSignIn(options: PasswordSignInOptions): SignInWithPassword {
  const { throttling, answerTime, log, metrics } = options

  async function ask(
    party: Party,
    attempt: PasswordAttempt,
    account: string,
  ): Promise<GrantedSignIn | RefusedSignIn> {
    const address = throttling.keys.ofAddress(attempt.clientAddress)
    const admission =
      attempt.isProven === true ? uncounted : await throttling.admit({ account, address })
    if (admission.outcome === 'refused') return toThrottled(admission)
    const result = await party.signInWithPassword(attempt)
    if (result.outcome === 'signed_in' || !result.isCounted) await admission.giveBack()
    return result.outcome === 'signed_in' ? result : toRefused(result, admission)
  }

  return async (attempt, open) => {
    const startedAt = performance.now()
    const { providerId: provider, username } = attempt
    const party = findParty(options, provider)
    const account = throttling.keys.ofAccount(party.provider.issuer, username)
    const audit = createPasswordAudit(log, attempt, account)
    const result = await ask(party, attempt, account)
    if (result.outcome === 'refused') {
      audit.refused(result)
      metrics.passwordSignIns.inc({ provider, outcome: result.reason })
      await pad(startedAt, answerTime)
      return result
    }
    const { signIn } = result
    try {
      const opened = await open(signIn)
      audit.succeeded({ subject: signIn.subject, session: opened.session })
      metrics.passwordSignIns.inc({ provider, outcome: 'signed_in' })
      return { outcome: 'signed_in', opened }
    } catch (error) {
      audit.failed(error)
      metrics.passwordSignIns.inc({ provider, outcome: toFailure(error) })
      throw error
    }
  }
}

const uncounted: Admission = {
  outcome: 'admitted',
  waitSeconds: undefined,
  giveBack: async () => {},
}

type Party = Pick<RelyingParty, 'provider' | 'signInWithPassword'>
type Admitted = Extract<Admission, { outcome: 'admitted' }>
type GrantedSignIn = Extract<PasswordGrantResult, { outcome: 'signed_in' }>
type RefusedGrant = Extract<PasswordGrantResult, { outcome: 'refused' }>

function findParty({ relyingParties }: PasswordSignInOptions, providerId: string): Party {
  const party = relyingParties.get(providerId)
  if (party === undefined) throw new Error(`no provider has the id ${providerId}`)
  return party
}

function toThrottled({
  because,
  retryAfterSeconds,
}: Extract<Admission, { outcome: 'refused' }>): RefusedSignIn {
  const detail = `too many failures of this ${because === 'account' ? 'account' : 'client address'}`
  return { outcome: 'refused', reason: 'throttled', detail, retryAfterSeconds }
}

function toRefused(
  { outcome, reason, detail, isCounted }: RefusedGrant,
  { waitSeconds }: Admitted,
): RefusedSignIn {
  if (!isCounted || waitSeconds === undefined) return { outcome, reason, detail }
  return { outcome, reason, detail, retryAfterSeconds: waitSeconds }
}

// Threat: an issuer that looks a password up only where there is such an account answers sooner where there is
// none. Multiples, so that one that takes longer than this tells no more.
async function pad(startedAt: number, answerTime: Milliseconds): Promise<void> {
  if (answerTime === 0) return
  const elapsed = performance.now() - startedAt
  await wait(Math.ceil(elapsed / answerTime) * answerTime - elapsed)
}
