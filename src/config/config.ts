// The Config that every room is built from: validated, secrets resolved, frozen.

import type { Secret } from '../crypto/secret.ts'
import type { BearerConfig } from './schema/bearer.ts'
import type { ClientCredentialsConfig } from './schema/clientCredentials.ts'
import type { ProviderConfig } from './schema/provider.ts'
import type { SessionsConfig } from './schema/sessions.ts'
import type { UpstreamConfig } from './schema/upstream.ts'
import type { UpstreamCredentialsConfig } from './schema/upstreamCredentials.ts'
import type { UnresolvedConfig } from './schema.ts'

export interface Provider extends Omit<ProviderConfig, 'clientSecret'> {
  readonly clientSecret?: Secret
}

/** A provider that people sign in at. */
export interface SignInProvider extends Provider {
  readonly clientId: string
}

/** A provider whose access tokens are accepted. */
export interface BearerProvider extends Provider {
  readonly bearer: BearerConfig
}

/** A provider that gives tokens to callers with a client id and a secret. */
export interface ClientCredentialsProvider extends Provider {
  readonly clientCredentials: ClientCredentialsConfig
}

export interface SessionSettings extends Omit<SessionsConfig, 'keys' | 'redis'> {
  /** Never empty: where the file names none, one was made at start. */
  readonly keys: readonly Secret[]
  readonly redis?: Omit<NonNullable<SessionsConfig['redis']>, 'password'> & {
    readonly password?: Secret
  }
}

type CredentialsOf<T extends UpstreamCredentialsConfig['type']> = Extract<
  UpstreamCredentialsConfig,
  { type: T }
>

/** By which client, and for what, a token is asked for. */
export interface TokenCredentials extends Omit<
  CredentialsOf<'client-credentials'>,
  'type' | 'clientId' | 'clientSecret'
> {
  readonly type: 'client-credentials' | 'token-exchange'
  /** Default: the provider's. */
  readonly client?: { readonly id: Secret; readonly secret: Secret }
}

export interface BasicCredentials extends Omit<CredentialsOf<'basic'>, 'password'> {
  readonly password: Secret
}

/** What an upstream is sent in Authorization. */
export type UpstreamCredentials =
  | CredentialsOf<'none'>
  | CredentialsOf<'access-token'>
  | TokenCredentials
  | BasicCredentials

/** Where an upstream is, and its limits. */
export type UpstreamServer = Omit<UpstreamConfig, 'credentials'>

export interface Upstream extends UpstreamServer {
  readonly credentials: UpstreamCredentials
}

export interface Config extends Omit<UnresolvedConfig, 'providers' | 'sessions' | 'upstreams'> {
  readonly providers: readonly Provider[]
  readonly upstreams: Readonly<Record<string, Upstream>>
  readonly sessions: SessionSettings
  /** What takes the place of a password that was typed into a form, by place in `routes`. */
  readonly formPasswords: readonly (Secret | undefined)[]
}
