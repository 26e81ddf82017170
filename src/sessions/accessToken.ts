// When the access token of a session is over, and when it is time to get the next one.

import type { EpochSeconds } from '../time.ts'
import type { Session } from './session.ts'
import type { StoredSession } from './stores/sessionStore.ts'

const maxMarginSeconds = 30
const marginShare = 0.1
// Because an issuer may hand out tokens that are over on arrival: one refresh a second at most.
const minIntervalSeconds = 1

export function isAccessTokenOver({ tokens }: Session, now: EpochSeconds): boolean {
  return tokens.accessTokenExpiresAt !== undefined && now >= tokens.accessTokenExpiresAt
}

/** Infinity where there is no refresh token, or the issuer named no end. */
export function refreshDueAt({ session, tokensIssuedAt }: StoredSession): EpochSeconds {
  const { accessTokenExpiresAt, refreshToken } = session.tokens
  if (accessTokenExpiresAt === undefined || refreshToken === undefined) return Infinity
  const lifetime = accessTokenExpiresAt - tokensIssuedAt
  const margin = Math.min(maxMarginSeconds, lifetime * marginShare)
  return Math.max(accessTokenExpiresAt - margin, tokensIssuedAt + minIntervalSeconds)
}

const withoutToken = new WeakMap<Session, Session>()

/** The session as it may be used: an access token past its end is not in it. The same object each time. */
export function toServed(session: Session, now: EpochSeconds): Session {
  if (session.tokens.accessToken === undefined || !isAccessTokenOver(session, now)) return session
  const known = withoutToken.get(session)
  if (known !== undefined) return known
  const { accessToken: _, ...tokens } = session.tokens
  const served = { ...session, tokens }
  withoutToken.set(session, served)
  return served
}
