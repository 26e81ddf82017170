// What a signed-in browser has: the Session, as every other room sees it.

import type { EpochSeconds } from '../time.ts'

export type ClaimValue =
  | string
  | number
  | boolean
  | null
  | readonly ClaimValue[]
  | { readonly [name: string]: ClaimValue }

export type Claims = Readonly<Record<string, ClaimValue>>

export interface TokenSet {
  /** Absent where the issuer gave none: only a password sign-in may do without. */
  readonly idToken?: string
  readonly accessToken?: string
  /** Absent where the issuer named no lifetime: then the access token is never refreshed ahead. */
  readonly accessTokenExpiresAt?: EpochSeconds
  readonly refreshToken?: string
  /** The granted scopes. */
  readonly scopes: readonly string[]
}

export interface Session {
  /** Random, stays the same for the session's whole life, opens nothing: the name for logs and the admin. */
  readonly id: string
  readonly providerId: string
  readonly issuer: string
  readonly subject: string
  /** The issuer's own name for its session, `sid` of OpenID Connect Front-Channel Logout 1.0 §3. */
  readonly issuerSessionId?: string
  /** ID Token claims, with userinfo claims where they were asked for. */
  readonly claims: Claims
  readonly tokens: TokenSet
  readonly createdAt: EpochSeconds
  /** The absolute end: no use and no refresh moves it. */
  readonly endsAt: EpochSeconds
}

/** Who signed in, after every check of OpenID Connect Core 1.0 §3.1.3.7 has passed. */
export interface SignIn {
  readonly issuer: string
  readonly subject: string
  /** `sid`, where the issuer names its session. */
  readonly issuerSessionId?: string
  readonly claims: Claims
  readonly tokens: TokenSet
}

export type RefreshResult =
  | { readonly outcome: 'refreshed'; readonly signIn: SignIn }
  /** `invalid_grant`, or a refreshed ID Token that fails its checks: the session is over. */
  | { readonly outcome: 'ended'; readonly detail: string }
  /** The issuer did not answer, or answered 5xx or rubbish: says nothing about the session. */
  | { readonly outcome: 'unavailable'; readonly detail: string }
