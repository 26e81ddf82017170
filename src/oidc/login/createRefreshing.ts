// How a session gets new tokens, and whether it still may: both are for the relying party that opened it.

import type { RefreshResult, Session } from '../../sessions/session.ts'
import type { RelyingParty } from './relyingParty.ts'

export interface Refreshing {
  readonly refreshTokens: (session: Session) => Promise<RefreshResult>
  /** Whether people may still sign in where the session is from: a configuration may have changed since. */
  readonly isOfKnownIssuer: (session: Session) => boolean
}

export function createRefreshing(relyingParties: ReadonlyMap<string, RelyingParty>): Refreshing {
  return {
    refreshTokens(session) {
      const party = relyingParties.get(session.providerId)
      if (party === undefined) throw new Error(`no provider has the id ${session.providerId}`)
      return party.refresh(session)
    },
    isOfKnownIssuer: ({ providerId, issuer }) =>
      relyingParties.get(providerId)?.provider.issuer === issuer,
  }
}
