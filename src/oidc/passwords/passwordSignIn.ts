// A sign-in by user name and password, from whichever form or field they came: counted before the issuer is asked,
// written down as what an auditor wants to know, and refused in a time that tells nothing. The password goes to the
// token endpoint and nowhere else.

import { setTimeout as wait } from 'node:timers/promises'
import type { Secret } from '../../crypto/secret.ts'
import type { SignIn } from '../../sessions/session.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Throttling } from '../../throttling/createThrottling.ts'
import type { Admission } from '../../throttling/throttle.ts'
import type { Milliseconds } from '../../time.ts'
import type { PasswordGrantResult } from './passwordGrant.ts'
import type { PasswordRefusalReason } from './passwordRefusal.ts'
import type { RelyingParty } from '../login/relyingParty.ts'

export interface PasswordAttempt {
  /** A provider that has `password`. */
  readonly providerId: string
  /** As it was typed. */
  readonly username: string
  readonly password: Secret
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

export type PasswordSignInResult =
  | { readonly outcome: 'signed_in'; readonly signIn: SignIn }
  | RefusedSignIn

export type SignInWithPassword = (attempt: PasswordAttempt) => Promise<PasswordSignInResult>

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
  const { throttling, answerTime, metrics } = options
  const audit = createAudit(options)

  async function attemptOnce(attempt: PasswordAttempt): Promise<PasswordSignInResult> {
    const { keys } = throttling
    const party = findParty(options, attempt.providerId)
    const account = keys.ofAccount(party.provider.issuer, attempt.username)
    const admission = await throttling.admit({
      account,
      address: keys.ofAddress(attempt.clientAddress),
    })
    const result =
      admission.outcome === 'refused'
        ? toThrottled(admission)
        : await ask(party, attempt, admission)
    audit(attempt, account, result)
    return result
  }

  async function ask(
    party: Party,
    attempt: PasswordAttempt,
    admission: Admitted,
  ): Promise<PasswordSignInResult> {
    const result = await party.signInWithPassword(attempt)
    if (result.outcome === 'signed_in' || !result.isJudged) await admission.giveBack()
    return toResult(result, admission)
  }

  return async (attempt) => {
    const startedAt = performance.now()
    const result = await attemptOnce(attempt)
    const outcome = result.outcome === 'signed_in' ? 'signed_in' : result.reason
    metrics.passwordSignIns.inc({ provider: attempt.providerId, outcome })
    if (result.outcome === 'refused') await pad(startedAt, answerTime)
    return result
  }
}

type Party = Pick<RelyingParty, 'provider' | 'signInWithPassword'>
type Admitted = Extract<Admission, { outcome: 'admitted' }>

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

function toResult(result: PasswordGrantResult, { waitSeconds }: Admitted): PasswordSignInResult {
  if (result.outcome === 'signed_in') return result
  const { outcome, reason, detail, isJudged } = result
  if (!isJudged || waitSeconds === undefined) return { outcome, reason, detail }
  return { outcome, reason, detail, retryAfterSeconds: waitSeconds }
}

// Threat: an issuer that looks a password up only where there is such an account answers sooner where there is
// none. Multiples, so that one that takes longer than this tells no more.
async function pad(startedAt: number, answerTime: Milliseconds): Promise<void> {
  if (answerTime === 0) return
  const elapsed = performance.now() - startedAt
  await wait(Math.ceil(elapsed / answerTime) * answerTime - elapsed)
}

/** What happened, to which account, from where; the account as a hash, since people type passwords into its field. */
function createAudit({ log }: PasswordSignInOptions) {
  return (attempt: PasswordAttempt, account: string, result: PasswordSignInResult): void => {
    const { requestId: id, providerId: provider, clientAddress: client } = attempt
    const fields = { id, way: 'password', provider, client, account }
    if (result.outcome === 'signed_in') {
      const principal = result.signIn.subject
      log.info({ event: 'sign_in_succeeded', ...fields, principal }, 'signed in')
      return
    }
    const { reason, detail, retryAfterSeconds } = result
    log.info({ event: 'sign_in_failed', ...fields, reason, detail }, 'sign-in failed')
    if (reason === 'throttled' || retryAfterSeconds === undefined) return
    log.warn({ event: 'account_locked', ...fields, retryAfterSeconds }, 'account locked')
  }
}
