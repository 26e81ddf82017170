// One request taken through the gateway's own rooms, and where it ends. Nobody is asked and nothing is sent:
// no issuer, no upstream, no store.

import { createAdmission } from '../../admission/admission.ts'
import { createAuthentication } from '../../authentication/authentication.ts'
import { createAuthorization } from '../../authorization/authorization.ts'
import type { Config } from '../../config/config.ts'
import { isForPassword, isForSignIn } from '../../config/routes/providerUses.ts'
import { toProtectedResource } from '../../config/routes/protectedResources.ts'
import { isForClients, type Route } from '../../config/routes/route.ts'
import { toRoutes } from '../../config/routes/routes.ts'
import { listChoices } from '../../endpoints/login.ts'
import { createRefuse } from '../../errors/refusal.ts'
import { checkAnnouncedLength } from '../../forwarding/requestBody.ts'
import { isUpstreamPreflight } from '../../http/preflight.ts'
import { findReturnPlace, toSignInPage } from '../../http/redirects.ts'
import type { AssertionSigner } from '../../identity/assertion.ts'
import { createIdentity } from '../../identity/identity.ts'
import { withCredentials } from '../../identity/withCredentials.ts'
import { createRespondPage } from '../../pages/respondPage.ts'
import { createPipeline } from '../../pipeline.ts'
import type { AuthenticatedRequest, ReceivedRequest, RoutedRequest } from '../../request.ts'
import { createRouting } from '../../routing/routing.ts'
import { createLog } from '../../telemetry/log.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { systemClock } from '../../time.ts'
import { findAppPage, type AppPageOutcome } from './appPage.ts'
import type { AssumedCaller } from './assumedPrincipal.ts'
import { checkAssumedToken } from './assumedToken.ts'
import { imagineCredentials } from './imaginedCredentials.ts'
import { imagineRequest, pseudonym, type RequestLine } from './imaginedRequest.ts'

export type Outcome =
  | {
      readonly outcome: 'forwarded'
      readonly upstream: string
      /** Names and values in turn: all that the upstream gets. */
      readonly fields: readonly string[]
    }
  | {
      readonly outcome: 'sign_in'
      /** At the issuer, on our own form for user name and password, or at a page of the application's. */
      readonly at: 'issuer' | 'form' | { readonly page: string }
      readonly providerIds: readonly string[]
    }
  /** By one of the gateway's own URLs. */
  | { readonly outcome: 'endpoint'; readonly endpoint: string }
  | AppPageOutcome
  /** A preflight. */
  | { readonly outcome: 'answered'; readonly status: number; readonly fields: readonly string[] }
  | {
      readonly outcome: 'refused'
      readonly status: number
      readonly code: string
      readonly detail: string | undefined
      /** Values of WWW-Authenticate. */
      readonly challenges: readonly string[]
      /** Where the request is a gRPC call. */
      readonly grpcStatus: string | undefined
    }

export interface Trial {
  /** Undefined where no route was found. */
  readonly routed: RoutedRequest | undefined
  readonly outcome: Outcome
}

/** @param caller - Undefined for one without credentials. */
export type RunTrial = (line: RequestLine, caller: AssumedCaller | undefined) => Promise<Trial>

export function createTrial(config: Config): RunTrial {
  const routes = toRoutes(config)
  const { providers, prefix } = config
  const log = createLog('silent', { write: () => {} })
  const route = createRouting({
    routes,
    prefix,
    resources: config.protectedResources.map(toProtectedResource),
  })
  const authorize = createAuthorization({ routes, providers })
  const identity = createIdentity({ routes, config, pseudonym, findSigner: () => unsigned })
  const { identify } = withCredentials(identity.identify, imagineCredentials(config))
  const respondPage = createRespondPage(config.pages)
  const refuse = createRefuse({ config, log, clock: systemClock, respondPage })
  const metrics = createMetrics()
  const authenticateNobody = createAuthentication({
    config,
    sessions: { find: () => undefined },
    resourceServers: new Map(),
    clientCredentialsIssuers: new Map(),
    clock: systemClock,
    metrics,
  })
  // Because nothing is counted anywhere: each request is the first of its caller.
  const startCounting = () => {
    const quotas = { quotas: config.quotas, sessions: {} }
    return createAdmission({ routes, config: quotas, clock: systemClock, log, metrics })
  }

  return async (line, caller) => {
    const { received, response, refusal } = imagineRequest(line)
    let routed: RoutedRequest | undefined
    let ended: Outcome | undefined
    const { arrive, admit } = startCounting()
    const handle = createPipeline({
      route(received) {
        if (refusal !== undefined) throw refusal
        const found = route(received)
        if ('route' in found) routed = found
        return found
      },
      answerEndpoint: async ({ endpoint }) => void (ended = { outcome: 'endpoint', endpoint }),
      arrive,
      authenticate(routed) {
        ended = findAppPage(routed, caller?.principal)
        if (ended !== undefined) return undefined
        return authenticateAs(caller, routed, config) ?? authenticateNobody(routed)
      },
      authorize,
      admit,
      identify,
      forward(admitted, fields) {
        checkAnnouncedLength(admitted)
        ended = { outcome: 'forwarded', upstream: admitted.routed.route.upstream, fields }
      },
      startLogin: async (asking, { route }) => void (ended = toSignIn(asking, route, config)),
      refuse,
    })
    await handle(received)
    return { routed, outcome: ended ?? toAnswer(received.record, response) }
  }
}

/** As the endpoints decide it. */
function toSignIn(received: ReceivedRequest, route: Route, config: Config): Outcome {
  const { providers } = config
  const isForForm = route.authenticate.includes('password')
  const ids = providers.filter(isForForm ? isForPassword : isForSignIn).map(({ id }) => id)
  const providerIds = listChoices(ids, route)
  const { signInPage, returnParameter } = route
  if (signInPage !== undefined) {
    const page = toSignInPage(signInPage, returnParameter, findReturnPlace(received, config))
    return { outcome: 'sign_in', at: { page }, providerIds }
  }
  return { outcome: 'sign_in', at: isForForm ? 'form' : 'issuer', providerIds }
}

// Threat: what is printed here, and ends up in tickets and logs, would be believed if it were signed.
const unsigned: AssertionSigner = {
  signJwt: (type, claims) => `(signed as ${type}) ${JSON.stringify(claims)}`,
}

/** Undefined where the route names nobody, or has no way in for such a principal. */
function authenticateAs(
  caller: AssumedCaller | undefined,
  routed: RoutedRequest,
  config: Config,
): AuthenticatedRequest | undefined {
  const { route } = routed
  if (caller === undefined || route.access === 'public' || isUpstreamPreflight(routed)) {
    return undefined
  }
  const { principal } = caller
  if (principal.kind === 'client' && !isForClients(route)) return undefined
  checkAssumedToken(caller, route, { config, now: systemClock.now() })
  return { routed, principal, setCookies: [] }
}

function toAnswer(
  { refusal, detail }: RoutedRequest['received']['record'],
  { statusCode: status, fields }: { statusCode: number; fields: readonly string[] },
): Outcome {
  if (refusal === undefined) return { outcome: 'answered', status, fields }
  const challenges = valuesOf('WWW-Authenticate', fields)
  const [grpcStatus] = valuesOf('grpc-status', fields)
  return { outcome: 'refused', status, code: refusal, detail, challenges, grpcStatus }
}

function valuesOf(wanted: string, fields: readonly string[]): string[] {
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1] === wanted)
}
