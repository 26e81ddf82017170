// Who is calling: each way in that the route lists is asked in turn, until one knows or one says no.
// It judges no right: authorization does. Hot: measured by `npm run bench`, signed-in rows.

import type { Config } from '../config/config.ts'
import { isForPeople } from '../config/routes/route.ts'
import { toMachineCredentialsRequired } from '../errors/credentialsRequired.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { isUpstreamPreflight } from '../http/preflight.ts'
import {
  findReturnPlace,
  toLoginUrl,
  toSignInPage,
  toSignInUrl,
  type RedirectPolicy,
} from '../http/redirects.ts'
import type { AuthenticatedRequest, AuthenticationResult, RoutedRequest } from '../request.ts'
import type { ProofJudge } from '../oidc/dpop/createProofJudge.ts'
import type { ClientCredentialsIssuer } from '../oidc/clientCredentials/clientCredentialsIssuer.ts'
import type { ResourceServer } from '../oidc/accessTokens/resourceServer.ts'
import type { SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import { createBasicPasswordWay } from './basicPassword.ts'
import { createBearerWay } from './bearer/bearer.ts'
import { createClientCredentialsWay } from './clientCredentials.ts'
import { createSessionWay } from './session.ts'
import { withoutTokenParameter } from './bearer/tokenParameter.ts'
import type { WayIn } from './wayIn.ts'

type WayName = Config['routes'][number]['authenticate'][number]

export interface AuthenticationDependencies {
  readonly config: Config
  readonly sessions: Pick<Sessions, 'find'>
  /** By provider id. */
  readonly resourceServers: ReadonlyMap<string, ResourceServer>
  /** Undefined where no provider takes proofs of possession. */
  readonly proofs?: ProofJudge | undefined
  /** By provider id. */
  readonly clientCredentialsIssuers: ReadonlyMap<string, ClientCredentialsIssuer>
  /** Undefined where no provider takes passwords. */
  readonly signInWithPassword?: SignInWithPassword | undefined
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'accessTokens' | 'clientCredentials'>
}

type Authenticate = (routed: RoutedRequest) => AuthenticatedRequest | Promise<AuthenticatedRequest>

const noCookies: readonly string[] = []

/**
 * @throws GatewayError `login_required`, `token_required`, `credentials_required`, `invalid_request`, `invalid_token`,
 *   `password_required`, `credentials_malformed`, `invalid_client`, `invalid_credentials`, and what the ways in throw.
 */
export function createAuthentication({
  config,
  sessions,
  resourceServers,
  proofs,
  clientCredentialsIssuers,
  signInWithPassword,
  clock,
  metrics,
}: AuthenticationDependencies): Authenticate {
  const sessionWay = createSessionWay(sessions, config.publicUrl)
  const ways: Readonly<Record<WayName, WayIn>> = {
    session: sessionWay,
    // Because the form opens a session like any other, it is the session that counts from then on.
    password: sessionWay,
    bearer: createBearerWay(resourceServers, { config, proofs, metrics }),
    'client-credentials': createClientCredentialsWay(clientCredentialsIssuers, { config, metrics }),
    'basic-password': createBasicPasswordWay({ config, signInWithPassword, clock }),
  }
  const waysOfRoutes: WayIn[][] = []

  function findWays({ index, authenticate }: RoutedRequest['route']): WayIn[] {
    return (waysOfRoutes[index] ??= [...new Set(inOrder(authenticate).map((name) => ways[name]))])
  }

  function tryWays(
    routed: RoutedRequest,
    first: number,
  ): AuthenticatedRequest | Promise<AuthenticatedRequest> {
    const waysIn = findWays(routed.route)
    for (let at = first; at < waysIn.length; at += 1) {
      const pending = waysIn[at]!(routed)
      if (pending instanceof Promise) {
        return pending.then((result) => settle(routed, result) ?? tryWays(routed, at + 1))
      }
      const authenticated = settle(routed, pending)
      if (authenticated !== undefined) return authenticated
    }
    if (routed.route.access === 'optional') return anonymous(routed)
    throw credentialsRequired(routed, config)
  }

  const authenticate: Authenticate = (routed) =>
    routed.route.access === 'public' || isUpstreamPreflight(routed)
      ? anonymous(routed)
      : tryWays(routed, 0)
  const takesQuery = config.routes.some(({ bearerMethods }) => bearerMethods?.query === true)
  return takesQuery ? withoutTokens(authenticate) : authenticate
}

function withoutTokens(authenticate: Authenticate): Authenticate {
  return (routed) => {
    const pending = authenticate(routed)
    if (pending instanceof Promise) return pending.then(withoutTokenParameter)
    return withoutTokenParameter(pending)
  }
}

// Because a token or a secret is sent on purpose, while a cookie comes along: where there is one, it alone counts.
function inOrder(names: readonly WayName[]): readonly WayName[] {
  const areSent: readonly WayName[] = ['bearer', 'client-credentials', 'basic-password']
  return names.toSorted((one, other) => areSent.indexOf(other) - areSent.indexOf(one))
}

function anonymous(routed: RoutedRequest): AuthenticatedRequest {
  return { routed, principal: undefined, setCookies: noCookies }
}

/** Undefined where the next way in may be asked. */
function settle(
  routed: RoutedRequest,
  result: AuthenticationResult,
): AuthenticatedRequest | undefined {
  if (result.outcome === 'no_credentials') return undefined
  // Threat: bad credentials that fall through to another way in could be tried without end, unseen.
  if (result.outcome === 'rejected') throw new GatewayError(result.code, result.detail)
  const { principal, setCookies, accessToken } = result
  const { record } = routed.received
  record.principal = principal.subject
  record.sessionId = principal.session?.id
  return { routed, principal, setCookies, accessToken }
}

function credentialsRequired(
  { received, route }: RoutedRequest,
  policy: RedirectPolicy,
): GatewayError {
  // Because a sign-in would not help where a session does not count.
  if (!isForPeople(route)) return toMachineCredentialsRequired(route)
  const place = findReturnPlace(received, policy)
  const { signInPage, returnParameter, authenticate } = route
  const toUrl = authenticate.includes('password') ? toSignInUrl : toLoginUrl
  const loginUrl =
    signInPage === undefined
      ? toUrl(policy.prefix, place)
      : toSignInPage(signInPage, returnParameter, place)
  return new GatewayError('login_required', 'no live session', { loginUrl })
}
