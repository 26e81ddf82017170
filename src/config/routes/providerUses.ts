// What a provider is for: people who sign in, callers with access tokens, callers with a client id and a secret.

import type { PasswordConfig } from '../schema/password.ts'
import type { BearerProvider, ClientCredentialsProvider, Provider } from '../config.ts'

interface Client {
  readonly clientId?: string | undefined
  readonly signIn?: boolean | undefined
}

export function isForSignIn<T extends Client>(
  provider: T,
): provider is T & { readonly clientId: string } {
  return provider.clientId !== undefined && provider.signIn !== false
}

export function isForBearer(provider: Provider): provider is BearerProvider {
  return provider.bearer !== undefined
}

/** Whether people may type their password into a form of ours. */
export function isForPassword<
  T extends Client & { readonly password?: PasswordConfig | undefined },
>(provider: T): provider is T & { readonly clientId: string; readonly password: PasswordConfig } {
  return provider.password !== undefined && isForSignIn(provider)
}

export function isForClientCredentials(provider: Provider): provider is ClientCredentialsProvider {
  return provider.clientCredentials !== undefined
}
