// The composition root: builds every room from the Config and joins them. It decides nothing itself.

import { randomBytes } from 'node:crypto'
import { createAdmission } from './admission/admission.ts'
import { withAppPages } from './authentication/appPages.ts'
import { createAuthentication } from './authentication/authentication.ts'
import { createAuthorization } from './authorization/authorization.ts'
import { listRequiredClaims } from './authorization/requiredClaims.ts'
import type { Config } from './config/config.ts'
import { listFormClaims } from './config/routes/formProvider.ts'
import { toProtectedResource } from './config/routes/protectedResources.ts'
import { toRoutes } from './config/routes/routes.ts'
import { createAssertionKeys } from './crypto/assertionKeys.ts'
import { createEndpoints } from './endpoints/endpoints.ts'
import { createRefuse } from './errors/refusal.ts'
import { createWatchedFiles } from './files/watchedFiles.ts'
import { createForwarding } from './forwarding/forwarding.ts'
import { createCookieJar } from './http/cookies.ts'
import { createLifecycle, type Gateway } from './gateway/lifecycle.ts'
import { createIdentity } from './identity/identity.ts'
import { listIdentityClaims } from './identity/identityClaims.ts'
import { createAuthorizationSources } from './identity/upstreamCredentials.ts'
import { withCredentials } from './identity/withCredentials.ts'
import { createListener } from './listener/listener.ts'
import { createIssuers } from './oidc/createIssuers.ts'
import { createRespondPage } from './pages/respondPage.ts'
import { createPipeline } from './pipeline.ts'
import type { ReceivedRequest } from './request.ts'
import { createRouting } from './routing/routing.ts'
import { createFindSignInUrl } from './routing/signInUrl.ts'
import { createSessions } from './sessions/createSessions.ts'
import type { LineLog } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createRequestLog, type FinishedRequest } from './telemetry/requestLog.ts'
import { systemClock, type Clock } from './time.ts'

export interface GatewayOptions {
  readonly config: Config
  readonly log: LineLog
  /** Default: the system's. */
  readonly clock?: Clock
}

export function createGateway({ config, log, clock = systemClock }: GatewayOptions): Gateway {
  const metrics = createMetrics()
  const respondPage = createRespondPage(config.pages)
  const services = { config, clock, log, metrics, respondPage }
  const { providers, prefix } = config
  const routes = toRoutes(config)
  const pseudonym = `postern-${randomBytes(6).toString('hex')}`
  const jar = createCookieJar(config.publicUrl)
  const refuse = createRefuse(services)
  const files = createWatchedFiles(log)

  const credentials = createAuthorizationSources({ ...services, files })
  const assertionKeys =
    config.assertion &&
    createAssertionKeys({ names: config.assertion.keys.map(({ file }) => file), files, clock })
  const findSigner = assertionKeys?.signing
  const identity = createIdentity({ routes, config, pseudonym, clock, findSigner })
  const { identify, drop } = withCredentials(identity.identify, credentials.sources)
  const renewal = drop === undefined ? undefined : { identify, drop }
  const forwarding = createForwarding({ ...services, pseudonym, refuse, renewal })

  const neededClaims = [
    ...listIdentityClaims(config),
    ...listRequiredClaims(config),
    ...listFormClaims(config),
  ]
  const issuers = createIssuers({ ...services, files, neededClaims })
  const { relyingParties, signInWithPassword } = issuers
  const sessions = createSessions({
    ...services,
    settings: config.sessions,
    jar,
    refreshTokens: issuers.refreshTokens,
    isOfKnownIssuer: issuers.isOfKnownIssuer,
    onEnded: (sessionId) => forwarding.closeUpgrades(sessionId),
  })
  const authenticate = createAuthentication({
    ...services,
    sessions,
    resourceServers: issuers.resourceServers,
    clientCredentialsIssuers: issuers.clientCredentialsIssuers,
    proofs: issuers.proofs,
    signInWithPassword,
  })
  const endpoints = createEndpoints({
    ...services,
    jar,
    sessions,
    relyingParties,
    listPublicKeys: assertionKeys?.published,
    signInWithPassword,
    findSignInUrl: createFindSignInUrl(routes, config),
  })
  const admission = createAdmission({ ...services, routes })

  const resources = config.protectedResources.map(toProtectedResource)
  const handle = createPipeline({
    route: createRouting({ routes, prefix, resources }),
    answerEndpoint: endpoints.answer,
    arrive: admission.arrive,
    authenticate: withAppPages(authenticate, {
      ...services,
      files,
      sessions,
      signInWithPassword,
    }),
    authorize: createAuthorization({ routes, providers }),
    admit: admission.admit,
    identify,
    forward: (admitted, fields) => forwarding.forward(admitted, fields),
    startLogin: endpoints.startLogin,
    refuse,
  })
  const report = createRequestLog(log, metrics)
  const onFinished = (received: ReceivedRequest, finished: FinishedRequest): void => {
    received.slot?.release()
    report(received, finished)
  }
  return createLifecycle({
    config,
    metrics,
    listener: createListener({ ...services, pseudonym, handle, refuse, files, onFinished }),
    readiness: () => ({ sessions: sessions.isReady(), ...issuers.readiness() }),
    background: [issuers, files, credentials],
    closing: [forwarding, sessions, admission, issuers],
  })
}
