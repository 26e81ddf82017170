import type { Config } from '../config/config.ts'
import type { PublicJwk } from '../crypto/signingKey.ts'
import type { CookieJar } from '../http/cookies.ts'
import type { SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import type { RelyingParty } from '../oidc/login/relyingParty.ts'
import type { RespondPage } from '../pages/respondPage.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'

/** What the endpoints are built from. */
export interface EndpointsDependencies {
  readonly config: Config
  readonly jar: CookieJar
  readonly sessions: Sessions
  /** By provider id; one for each provider of the configuration. */
  readonly relyingParties: ReadonlyMap<string, RelyingParty>
  /** Of the identity assertion; absent where none is signed. */
  readonly listPublicKeys?: (() => readonly PublicJwk[]) | undefined
  /** Undefined where no provider has `password`: then there is no form. */
  readonly signInWithPassword?: SignInWithPassword | undefined
  /** Where a person starts to sign in for a place of the public host. */
  readonly findSignInUrl: (place: string) => string
  readonly respondPage: RespondPage
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}
