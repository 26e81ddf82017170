import { buildAuthorizationUrl, calculatePKCECodeChallenge } from 'openid-client'
import type { SignInProvider } from '../../config/config.ts'
import type { Issuer } from '../issuer/discovery.ts'
import type { LoginSecrets } from './loginSecrets.ts'

/**
 * The authorization request as a URL. What the operator adds can replace none of the protocol's parameters.
 *
 * @see OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3
 */
export async function toAuthorizationUrl(
  issuer: Issuer,
  provider: SignInProvider,
  secrets: LoginSecrets,
  redirectUri: string,
): Promise<string> {
  const url = buildAuthorizationUrl(issuer.configuration, {
    ...provider.authorizationParameters,
    response_type: 'code',
    client_id: provider.clientId,
    scope: provider.scopes.join(' '),
    redirect_uri: redirectUri,
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.codeVerifier),
    code_challenge_method: 'S256',
  })
  return url.href
}
