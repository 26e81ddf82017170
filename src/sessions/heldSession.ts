import type { StoredSession } from './stores/sessionStore.ts'

/** A session with the cookie text it is found under from now on. */
export interface HeldSession {
  readonly credential: string
  readonly stored: StoredSession
  /** Of the near cache, from before it was read or written. */
  readonly generation: number
}
