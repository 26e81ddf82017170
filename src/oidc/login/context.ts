import type { SignInProvider } from '../../config/config.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock } from '../../time.ts'
import type { Discovery, Issuer } from '../issuer/discovery.ts'
import type { IdTokenPolicy } from '../idToken/idToken.ts'
import type { CallLimit } from '../issuer/callLimit.ts'
import type { IssuerFetch } from '../issuer/issuerFetch.ts'

/** What one relying party has at hand for a login and a refresh. */
export interface RelyingPartyContext {
  readonly provider: SignInProvider
  readonly discovery: Discovery
  readonly fetch: IssuerFetch
  /** Names of the claims that routes and headers read, as configured. */
  readonly neededClaims: readonly string[]
  readonly clock: Clock
  readonly log: Log
  /** Threat: passwords that are made up would take all connections, and no session would be refreshed any more. */
  readonly passwordCalls: CallLimit
  readonly idTokenPolicy: (issuer: Issuer) => IdTokenPolicy
}
