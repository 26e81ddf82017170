// What the rest of the gateway may ask about access tokens. One ResourceServer (RFC 6749 §1.1) per configured
// provider with `bearer`.

import type { BearerProvider } from '../../config/config.ts'
import type { AuthenticationResult } from '../../request.ts'
import type { Confirmation } from './confirmation.ts'
import type { UnverifiedJwt } from './jwt.ts'

export interface ReceivedAccessToken {
  readonly text: string
  /** Its hash. */
  readonly key: string
  /** Where it is one. */
  readonly jwt: UnverifiedJwt | undefined
}

/** What a token is worth, whoever sends it. */
export type TokenVerdict =
  | (Extract<AuthenticationResult, { outcome: 'authenticated' }> & {
      /** What the sender has yet to prove, with every request; undefined for a bearer token. */
      readonly confirmation: Confirmation | undefined
    })
  | Extract<AuthenticationResult, { outcome: 'rejected' }>

export interface ResourceServer {
  readonly provider: BearerProvider
  /** What tokens are judged by has been read: keys, or where to ask. */
  readonly isReady: boolean
  /** What is known of a token already. The same object for as long as it is known. */
  find(key: string): TokenVerdict | undefined
  /** Rejects with `invalid_token`. @throws GatewayError `issuer_unavailable` */
  judge(token: ReceivedAccessToken): Promise<TokenVerdict>
}
