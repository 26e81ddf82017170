// Fourth room: whether the principal may have what the route is for. It alone makes an AuthorizedRequest, and
// refuses everything that no rule lets through. Hot: measured by `npm run bench`.

import type { Provider } from '../config/config.ts'
import type { Route } from '../config/routes/route.ts'
import { isForPeople } from '../config/routes/route.ts'
import { toMachineCredentialsRequired } from '../errors/credentialsRequired.ts'
import { GatewayError, withCookies } from '../errors/gatewayError.ts'
import { isUpstreamPreflight } from '../http/preflight.ts'
import type { AuthenticatedRequest, AuthorizedRequest, Principal } from '../request.ts'
import { compilePolicy, createCheck, type CheckPrincipal } from './policy.ts'

export interface AuthorizationSettings {
  readonly routes: readonly Route[]
  readonly providers: readonly Provider[]
}

/** @throws GatewayError from what it returns: `login_required`, `token_required`, `credentials_required`, `access_denied`, `insufficient_scope` */
export function createAuthorization({
  routes,
  providers,
}: AuthorizationSettings): (authenticated: AuthenticatedRequest) => AuthorizedRequest {
  const reading = new Map(providers.map((provider) => [provider.id, provider]))
  const policies: CheckAccess[] = []
  for (const route of routes) {
    policies[route.index] = compileAccess(route, createCheck(compilePolicy(route, reading), route))
  }
  return function authorize(authenticated) {
    try {
      checkAccess(policies, authenticated)
      return authenticated
    } catch (error) {
      throw withCookies(error, authenticated.setCookies)
    }
  }
}

function checkAccess(
  policies: readonly CheckAccess[],
  authenticated: AuthenticatedRequest,
): asserts authenticated is AuthorizedRequest {
  const { routed, principal } = authenticated
  if (isUpstreamPreflight(routed)) checkNobody(principal)
  else findPolicy(policies, routed.route)(principal)
}

/** Passes, or throws the refusal. */
type CheckAccess = (principal: Principal | undefined) => void

function compileAccess(route: Route, checkPrincipal: CheckPrincipal): CheckAccess {
  if (route.access === 'public') return checkNobody
  const isOptional = route.access === 'optional' && route.require === undefined
  return (principal) => {
    if (principal !== undefined) checkPrincipal(principal)
    else if (!isOptional) throw toCredentialsRequired(route)
  }
}

function toCredentialsRequired(route: Route): GatewayError {
  return isForPeople(route)
    ? new GatewayError('login_required', 'nobody is signed in')
    : toMachineCredentialsRequired(route)
}

// Threat: were somebody named on a route that judges nobody, the upstream would take the name for judged.
function checkNobody(principal: Principal | undefined): void {
  if (principal === undefined) return
  throw new GatewayError('internal_error', 'a principal on a request that nobody is asked for')
}

function findPolicy(policies: readonly CheckAccess[], route: Route): CheckAccess {
  const policy = policies[route.index]
  if (policy !== undefined) return policy
  throw new GatewayError('internal_error', `no policy was compiled for route ${route.name}`)
}
