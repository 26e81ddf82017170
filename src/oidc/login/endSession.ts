import { buildEndSessionUrl } from 'openid-client'
import type { Issuer } from '../issuer/discovery.ts'

/** RP-Initiated Logout 1.0 §2; undefined where the issuer has no `end_session_endpoint`. */
export function toEndSessionUrl(
  issuer: Issuer,
  idToken: string,
  returnTo: { uri: string; state: string },
): string | undefined {
  if (issuer.metadata.end_session_endpoint === undefined) return undefined
  return buildEndSessionUrl(issuer.configuration, {
    id_token_hint: idToken,
    post_logout_redirect_uri: returnTo.uri,
    state: returnTo.state,
  }).href
}
