// What the rest of the gateway may ask about callers who bring a client id and a secret. One for each configured
// provider with `clientCredentials`.

import type { ClientCredentialsProvider } from '../../config/config.ts'
import type { Secret } from '../../crypto/secret.ts'
import type { AuthenticationResult } from '../../request.ts'

export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: Secret
}

/**
 * A promise only where nothing is known. Rejects with `invalid_client`.
 *
 * @throws GatewayError `issuer_unavailable`, `too_many_attempts`, `insufficient_scope`, `access_denied`
 */
export type AuthenticateClient = (
  credentials: ClientCredentials,
) => AuthenticationResult | Promise<AuthenticationResult>

export interface ClientCredentialsIssuer {
  readonly provider: ClientCredentialsProvider
  /** The issuer's metadata have been read. */
  readonly isReady: boolean
  /** `scopes` are asked for; none leaves it to the issuer. */
  forScopes(scopes: readonly string[]): AuthenticateClient
}
