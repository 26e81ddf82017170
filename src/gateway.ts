// The composition root: builds every room from the Config and joins them. It decides nothing itself.

import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createAdmission } from './admission/admission.ts'
import { withAppPages } from './authentication/appPages.ts'
import { createAuthentication } from './authentication/authentication.ts'
import { createAuthorization } from './authorization/authorization.ts'
import { listRequiredClaims } from './authorization/requiredClaims.ts'
import type { Config } from './config/config.ts'
import { listFormClaims } from './config/formProvider.ts'
import { toProtectedResource } from './config/protectedResources.ts'
import { toRoutes } from './config/routes.ts'
import { createAssertionKeys } from './crypto/assertionKeys.ts'
import { createEndpoints } from './endpoints/endpoints.ts'
import { createRefuse } from './errors/refusal.ts'
import { createWatchedFiles } from './files/watchedFiles.ts'
import { createForwarding } from './forwarding/forwarding.ts'
import { createCookieJar } from './http/cookies.ts'
import { listenAs } from './http/listenOn.ts'
import { createIdentity } from './identity/identity.ts'
import { listIdentityClaims } from './identity/identityClaims.ts'
import { createAuthorizationSources } from './identity/upstreamCredentials.ts'
import { withCredentials } from './identity/withCredentials.ts'
import { createListener } from './listener/listener.ts'
import { createIssuers, type Issuers } from './oidc/createIssuers.ts'
import { createPasswords } from './oidc/passwords/createPasswords.ts'
import { createProofJudge, type ProofJudge } from './oidc/dpop/createProofJudge.ts'
import { createPipeline } from './pipeline.ts'
import type { ReceivedRequest } from './request.ts'
import { createRouting } from './routing/routing.ts'
import { createSessions, type SessionsOptions } from './sessions/createSessions.ts'
import { createAdminListener } from './telemetry/admin.ts'
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

export interface Gateway {
  /**
   * Listens on both ports. An issuer or a Redis that is away does not keep it from starting.
   * @throws ListenFault where an address cannot be taken; nothing is left listening then
   */
  start(): Promise<{ readonly public: AddressInfo; readonly admin: AddressInfo }>
  /** Lets requests in flight finish, up to `listen.drainTimeout`, then ends everything. */
  stop(): Promise<void>
}

export function createGateway({ config, log, clock = systemClock }: GatewayOptions): Gateway {
  const metrics = createMetrics()
  const routes = toRoutes(config)
  const { providers, prefix } = config
  const pseudonym = `postern-${randomBytes(6).toString('hex')}`
  const jar = createCookieJar(config.publicUrl)
  const refuse = createRefuse({ config, log, clock })
  const files = createWatchedFiles(log)
  const credentials = createAuthorizationSources({ config, files, clock, log, metrics })
  const assertionKeys =
    config.assertion &&
    createAssertionKeys({ names: config.assertion.keys.map(({ file }) => file), files, clock })
  const findSigner = assertionKeys?.signing
  const identity = createIdentity({ routes, config, pseudonym, clock, findSigner })
  const { identify, drop } = withCredentials(identity.identify, credentials.sources)
  const forwarding = createForwarding({
    config,
    pseudonym,
    clock,
    log,
    metrics,
    refuse,
    renewal: drop === undefined ? undefined : { identify, drop },
  })
  const neededClaims = [
    ...listIdentityClaims(config),
    ...listRequiredClaims(config),
    ...listFormClaims(config),
  ]
  const issuers = createIssuers({ config, neededClaims, clock, log, metrics })
  const { relyingParties, resourceServers, clientCredentialsIssuers } = issuers
  const proofs = createProofs({ config, clock, log })
  const sessions = createSessions({
    settings: config.sessions,
    jar,
    ...createRefreshing(issuers),
    clock,
    log,
    metrics,
    onEnded: (sessionId) => forwarding.closeUpgrades(sessionId),
  })
  const passwords = createPasswords(config, { relyingParties, log, metrics })
  const endpoints = createEndpoints({
    config,
    jar,
    sessions,
    relyingParties,
    listPublicKeys: assertionKeys?.published,
    signInWithPassword: passwords?.signIn,
    clock,
    log,
    metrics,
  })
  const admission = createAdmission({ routes, config, clock, log, metrics })
  const handle = createPipeline({
    route: createRouting({
      routes,
      prefix,
      resources: config.protectedResources.map(toProtectedResource),
    }),
    answerEndpoint: endpoints.answer,
    arrive: admission.arrive,
    authenticate: withAppPages(
      createAuthentication({
        config,
        sessions,
        resourceServers,
        clientCredentialsIssuers,
        proofs,
        metrics,
      }),
      { config, sessions, signInWithPassword: passwords?.signIn, log, metrics },
    ),
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
  const listener = createListener({
    config,
    pseudonym,
    handle,
    refuse,
    files,
    log,
    metrics,
    onFinished,
  })

  let isDraining = false
  const readiness = () => ({
    accepting: !isDraining,
    sessions: sessions.isReady(),
    ...issuers.readiness(),
  })
  const admin = createAdminListener({ address: config.admin.address, metrics, readiness })

  return {
    async start() {
      try {
        const addresses = {
          admin: await listenAs('admin.address', admin),
          public: await listenAs('listen.address', listener),
        }
        issuers.start()
        files.start()
        credentials.start()
        return addresses
      } catch (error) {
        await closeAll()
        throw error
      }
    },
    async stop() {
      isDraining = true
      await listener.drain(config.listen.drainTimeout)
      issuers.stop()
      files.stop()
      credentials.stop()
      await closeAll()
    },
  }

  async function closeAll(): Promise<void> {
    const closing = [forwarding, sessions, admission, admin].map((room) => room.close())
    await Promise.all([...closing, proofs?.close(), passwords?.close()])
  }
}

/** Undefined where no provider takes proofs of possession. */
function createProofs(options: Required<GatewayOptions>): ProofJudge | undefined {
  const { sessions, clockSkew, providers } = options.config
  if (providers.every(({ bearer }) => bearer?.dpop === undefined)) return undefined
  return createProofJudge({ ...options, sessions, clockSkew })
}

/** How sessions get new tokens, and whether they still may. */
function createRefreshing({
  relyingParties,
}: Issuers): Pick<SessionsOptions, 'refreshTokens' | 'isOfKnownIssuer'> {
  return {
    refreshTokens: (session) => {
      const party = relyingParties.get(session.providerId)
      if (party === undefined) throw new Error(`no provider has the id ${session.providerId}`)
      return party.refresh(session)
    },
    isOfKnownIssuer: ({ providerId, issuer }) =>
      relyingParties.get(providerId)?.provider.issuer === issuer,
  }
}
