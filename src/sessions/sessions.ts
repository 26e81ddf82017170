// What the rest of the gateway may ask of sessions, whichever store is behind them.

import type { RefreshResult, Session, SignIn } from './session.ts'

export interface FoundSession {
  /** The same object for as long as nothing changed: what is derived from it may be kept beside it. */
  readonly session: Session
  /** Set-Cookie values that the answer has to carry; mostly none. */
  readonly setCookies: readonly string[]
}

export interface EndedSession {
  readonly session: Session | undefined
  /** Deletes the cookies; to be sent even where no session was found. */
  readonly setCookies: readonly string[]
}

export interface Sessions {
  /**
   * The live session that the cookies name, refreshed where it was due. Not a promise where the near cache
   * has it. Missing, tampered, duplicated, expired: undefined.
   * @throws GatewayError `session_store_unavailable`, `issuer_unavailable` (access token over, no refresh possible now)
   */
  find(cookies: string | undefined): FoundSession | undefined | Promise<FoundSession | undefined>
  /** Opens a session under a new id and ends the one that the cookies named, if any. */
  open(signIn: SignIn, providerId: string, cookies: string | undefined): Promise<FoundSession>
  /**
   * Ends the session everywhere, near caches included.
   * @throws GatewayError `logout_incomplete` while Redis is away: over here, with the cookie, and later everywhere
   */
  end(cookies: string | undefined): Promise<EndedSession>
  /** False while the store cannot be reached. */
  isReady(): boolean
  close(): Promise<void>
}

/** How a due session gets new tokens; gateway.ts hands in the relying parties. */
export type RefreshTokens = (session: Session) => Promise<RefreshResult>

export type IsOfKnownIssuer = (session: Session) => boolean
