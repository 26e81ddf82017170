// What a provider is for: people who sign in, callers with access tokens, or both.

import type { BearerProvider, Provider } from './config.ts'
import type { PasswordConfig } from './schema/password.ts'

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
