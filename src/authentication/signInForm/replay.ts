// The form once more, for the application: written anew from its fields, without the password, all other values byte for
// byte. The application is told who signed in by its headers, and has nothing of the password to keep.

import type { Secret } from '../../crypto/secret.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { findClaim } from '../../sessions/claims.ts'
import type { Claims } from '../../sessions/session.ts'
import type { Content, Form } from './form.ts'
import type { FormCredentials } from './formCredentials.ts'

export interface Replay {
  readonly user?: string | undefined
  /** In place of the one that was typed. */
  readonly password: Secret | undefined
}

/** @throws GatewayError `upstream_user_unknown` where the claim is missing, or the form cannot carry it */
export function toReplayedContent(
  { fields, format }: Form,
  { user, password }: FormCredentials,
  { replay, claims }: { readonly replay: Replay; readonly claims: Claims },
): Content {
  const dummy = replay.password && format.toValue(replay.password.reveal())
  const name = replay.user === undefined ? user.value : findName(format, claims, replay.user)
  return format.write(
    fields.flatMap((field) => {
      if (field === user) return { ...field, value: name }
      if (field !== password) return field
      return dummy === undefined ? [] : { ...field, value: dummy }
    }),
  )
}

function findName({ toValue }: Form['format'], claims: Claims, claim: string): Buffer {
  const name = findClaim(claims, claim)
  // Threat: an application may take a name for one that ends at a line break or at NUL.
  const isPlain = typeof name === 'string' && name !== '' && !/\p{Cc}|\p{Cs}/u.test(name)
  const value = isPlain ? toValue(name) : undefined
  if (value !== undefined) return value
  throw new GatewayError('upstream_user_unknown', `${claim}: no text for this form`)
}
