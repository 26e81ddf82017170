// The form once more, for the application: without the password, everything else byte for byte. The application is told
// who signed in by its headers, and has nothing of the password to keep.

import type { Secret } from '../../crypto/secret.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { findClaim } from '../../sessions/claims.ts'
import type { Claims } from '../../sessions/session.ts'
import { replaceSpans } from './form.ts'
import type { FormCredentials } from './formCredentials.ts'
import type { ReadForm } from './readForm.ts'

export interface Replay {
  readonly user?: string | undefined
  /** In place of the one that was typed. */
  readonly password: Secret | undefined
}

const nothing = Buffer.alloc(0)

/** @throws GatewayError `upstream_user_unknown` where the claim is missing, or the form cannot carry it */
export function toReplayedBody(
  { body, form }: ReadForm,
  { user, password }: FormCredentials,
  { replay, claims }: { readonly replay: Replay; readonly claims: Claims },
): Buffer {
  const dummy = replay.password === undefined ? undefined : form.encode(replay.password.reveal())
  const changes = [
    dummy === undefined
      ? { span: password.whole, bytes: nothing }
      : { span: password.value, bytes: dummy },
  ]
  if (replay.user !== undefined) {
    const name = findClaim(claims, replay.user)
    const bytes = typeof name === 'string' && name !== '' ? form.encode(name) : undefined
    if (bytes === undefined) {
      throw new GatewayError('upstream_user_unknown', `${replay.user}: no text for this form`)
    }
    changes.push({ span: user.value, bytes })
  }
  return replaceSpans(body, changes)
}
