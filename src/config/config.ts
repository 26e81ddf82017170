// The Config that every room is built from: validated, secrets resolved, frozen.

import type { Secret } from '../crypto/secret.ts'
import type { BearerConfig } from './schema/bearer.ts'
import type { ProviderConfig } from './schema/provider.ts'
import type { SessionsConfig } from './schema/sessions.ts'
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

export interface SessionSettings extends Omit<SessionsConfig, 'keys' | 'redis'> {
  /** Never empty: where the file names none, one was made at start. */
  readonly keys: readonly Secret[]
  readonly redis?: Omit<NonNullable<SessionsConfig['redis']>, 'password'> & {
    readonly password?: Secret
  }
}

export interface Config extends Omit<UnresolvedConfig, 'providers' | 'sessions'> {
  readonly providers: readonly Provider[]
  readonly sessions: SessionSettings
}
