// What the rest of the gateway may ask of an issuer. One RelyingParty per configured provider.

import type { Provider } from '../../config/config.ts'
import type { LoginSecrets } from './loginSecrets.ts'
import type { PasswordCredentials, PasswordGrantResult } from '../passwords/passwordGrant.ts'
import type { RefreshResult, Session, SignIn } from '../../sessions/session.ts'

export interface RelyingParty {
  readonly provider: Provider
  /** The issuer's metadata has been read. */
  readonly isReady: boolean
  /**
   * The URL that the browser is sent to: code flow, S256 challenge, state, nonce.
   * @throws GatewayError `issuer_unavailable`
   */
  createAuthorizationUrl(secrets: LoginSecrets, redirectUri: string): Promise<string>
  /**
   * Checks an authorization response in full and redeems its code. `parameters` are those of the callback.
   * @throws GatewayError `login_refused` (the issuer said no), `login_response_invalid` (a check failed),
   *   `issuer_unavailable`
   */
  redeem(parameters: URLSearchParams, secrets: LoginSecrets, redirectUri: string): Promise<SignIn>
  /** Asks the token endpoint; counts nothing: passwordSignIn.ts does. Never throws for what the issuer does. */
  signInWithPassword(credentials: PasswordCredentials): Promise<PasswordGrantResult>
  /** Never throws. */
  refresh(session: Session): Promise<RefreshResult>
  /** RP-Initiated Logout 1.0 §2; undefined where the issuer has no `end_session_endpoint` or is unknown yet. */
  createEndSessionUrl(idToken: string, returnTo: { uri: string; state: string }): string | undefined
}
