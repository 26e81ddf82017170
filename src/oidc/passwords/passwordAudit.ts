// What an auditor is told of a sign-in by password: what became of it, which account, from where. The account stands
// there as a hash, since people type passwords into its field.

import { rowOf } from '../../errors/catalogue.ts'
import type { CatalogueRow } from '../../errors/catalogue/row.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import type { Session } from '../../sessions/session.ts'
import type { Log } from '../../telemetry/log.ts'

/** Where an attempt came from, and to whom it went. */
export interface AuditedAttempt {
  readonly requestId: string
  readonly providerId: string
  readonly clientAddress: string
}

export interface AuditedRefusal {
  readonly reason: string
  readonly detail: string
  /** How long the account has to wait, from now on or still. */
  readonly retryAfterSeconds?: number
}

/** Who has signed in, and with which session, where one was opened. */
export interface SignedIn {
  readonly subject: string
  readonly session: Pick<Session, 'id'> | undefined
}

export interface PasswordAudit {
  succeeded(signedIn: SignedIn): void
  refused(refusal: AuditedRefusal): void
  /** The password was right, and nothing came of it. */
  failed(error: unknown): void
}

// Because a person is led back to the application's form, and the line of that request says that all is well.
const levels: ReadonlyMap<string, CatalogueRow['logLevel']> = new Map([
  ['misconfigured', rowOf('login_misconfigured').logLevel],
  ['unavailable', rowOf('issuer_unavailable').logLevel],
])

/** @param account - As its counter is called. */
export function createPasswordAudit(
  log: Log,
  { requestId: id, providerId: provider, clientAddress: client }: AuditedAttempt,
  account: string,
): PasswordAudit {
  const fields = { id, way: 'password', provider, client, account }
  return {
    succeeded({ subject: principal, session }) {
      const opened = session === undefined ? {} : { session: session.id }
      log.info({ event: 'sign_in_succeeded', ...fields, principal, ...opened }, 'signed in')
    },
    refused({ reason, detail, retryAfterSeconds }) {
      const level = levels.get(reason) ?? 'info'
      log[level]({ event: 'sign_in_failed', ...fields, reason, detail }, 'sign-in failed')
      if (reason === 'throttled' || retryAfterSeconds === undefined) return
      log.warn({ event: 'account_locked', ...fields, retryAfterSeconds }, 'account locked')
    },
    failed(error) {
      const level = error instanceof GatewayError ? rowOf(error.code).logLevel : 'error'
      const reason = toFailure(error)
      log[level]({ event: 'sign_in_failed', ...fields, reason }, 'sign-in failed')
    },
  }
}

/** Why a sign-in came to nothing though the password was right. */
export function toFailure(error: unknown): string {
  return error instanceof GatewayError ? error.code : 'internal_error'
}
