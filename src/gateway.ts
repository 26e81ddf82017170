// The composition root: builds every room from the Config and joins them. It decides nothing itself.

import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createAuthentication } from './authentication/authentication.ts'
import { createAuthorization } from './authorization/authorization.ts'
import { listRequiredClaims } from './authorization/requiredClaims.ts'
import type { Config } from './config/config.ts'
import { isForBearer, isForSignIn } from './config/providerUses.ts'
import { toRoutes } from './config/routes.ts'
import { createEndpoints } from './endpoints/endpoints.ts'
import { createRefuse } from './errors/refusal.ts'
import { createForwarding } from './forwarding/forwarding.ts'
import { createCookieJar } from './http/cookies.ts'
import { createIdentity } from './identity/identity.ts'
import { listIdentityClaims } from './identity/identityClaims.ts'
import { createListener } from './listener/listener.ts'
import { createRelyingParty, type BackgroundRelyingParty } from './oidc/createRelyingParty.ts'
import { createPipeline } from './pipeline.ts'
import { createResourceServer, type BackgroundResourceServer } from './oidc/createResourceServer.ts'
import { createRouting } from './routing/routing.ts'
import { createSessions } from './sessions/createSessions.ts'
import { createAdminListener } from './telemetry/admin.ts'
import type { Log } from './telemetry/log.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { createRequestLog } from './telemetry/requestLog.ts'
import { systemClock, type Clock } from './time.ts'

export interface GatewayOptions {
  readonly config: Config
  readonly log: Log
  /** Default: the system's. */
  readonly clock?: Clock
}

export interface Gateway {
  /**
   * Listens on both ports. An issuer or a Redis that is away does not keep it from starting.
   * @throws what the system says, such as EADDRINUSE; nothing is left listening then
   */
  start(): Promise<{ readonly public: AddressInfo; readonly admin: AddressInfo }>
  /** Lets requests in flight finish, up to `listen.drainTimeout`, then ends everything. */
  stop(): Promise<void>
}

export function createGateway({ config, log, clock = systemClock }: GatewayOptions): Gateway {
  const metrics = createMetrics()
  const routes = toRoutes(config)
  const { upstreams, providers, prefix } = config
  const pseudonym = `postern-${randomBytes(6).toString('hex')}`
  const jar = createCookieJar(config.publicUrl)
  const refuse = createRefuse({ config, log, clock })
  const forwarding = createForwarding({
    upstreams,
    pseudonym,
    clock,
    log,
    metrics,
    refuse,
  })
  const relyingParties = createRelyingParties({ config, log, clock })
  const resourceServers = createResourceServers({ config, log, clock }, metrics)
  const sessions = createSessions({
    settings: config.sessions,
    jar,
    refreshTokens: (session) =>
      findRelyingParty(relyingParties, session.providerId).refresh(session),
    isOfKnownIssuer: ({ providerId, issuer }) =>
      relyingParties.get(providerId)?.provider.issuer === issuer,
    clock,
    log,
    metrics,
    onEnded: (sessionId) => forwarding.closeUpgrades(sessionId),
  })
  const endpoints = createEndpoints({ config, jar, sessions, relyingParties, clock, log, metrics })
  const handle = createPipeline({
    route: createRouting({ routes, prefix }),
    answerEndpoint: endpoints.answer,
    authenticate: createAuthentication({ config, sessions, resourceServers, metrics }),
    authorize: createAuthorization({ routes, providers }),
    identify: createIdentity({ routes, config, pseudonym }).identify,
    forward: (authorized, fields) => forwarding.forward(authorized, fields),
    startLogin: endpoints.startLogin,
    refuse,
  })
  const onFinished = createRequestLog(log, metrics)
  const listener = createListener({ config, pseudonym, handle, refuse, log, onFinished })

  let isDraining = false
  const readiness = () => ({
    accepting: !isDraining,
    sessions: sessions.isReady(),
    ...Object.fromEntries(
      [...relyingParties].map(([id, party]) => [`provider:${id}`, party.isReady]),
    ),
    ...Object.fromEntries(
      [...resourceServers].map(([id, server]) => [`bearer:${id}`, server.isReady]),
    ),
  })
  const admin = createAdminListener({ address: config.admin.address, metrics, readiness })

  return {
    async start() {
      try {
        const addresses = { admin: await admin.listen(), public: await listener.listen() }
        for (const each of [...relyingParties.values(), ...resourceServers.values()]) each.start()
        return addresses
      } catch (error) {
        await closeAll()
        throw error
      }
    },
    async stop() {
      isDraining = true
      await listener.drain(config.listen.drainTimeout)
      for (const each of [...relyingParties.values(), ...resourceServers.values()]) each.stop()
      await closeAll()
    },
  }

  async function closeAll(): Promise<void> {
    await Promise.all([forwarding.close(), sessions.close(), admin.close()])
  }
}

type RelyingParties = ReadonlyMap<string, BackgroundRelyingParty>

function createRelyingParties({ config, log, clock }: Required<GatewayOptions>): RelyingParties {
  const neededClaims = [...listIdentityClaims(config), ...listRequiredClaims(config)]
  const { clockSkew, insecure } = config
  const allowHttp = insecure.allowHttpIssuer
  return new Map(
    config.providers
      .filter(isForSignIn)
      .map((provider) => [
        provider.id,
        createRelyingParty({ provider, clockSkew, allowHttp, neededClaims, clock, log }),
      ]),
  )
}

function createResourceServers(
  { config, log, clock }: Required<GatewayOptions>,
  metrics: Metrics,
): ReadonlyMap<string, BackgroundResourceServer> {
  const { clockSkew, insecure } = config
  const allowHttp = insecure.allowHttpIssuer
  return new Map(
    config.providers
      .filter(isForBearer)
      .map((provider) => [
        provider.id,
        createResourceServer({ provider, clockSkew, allowHttp, clock, log, metrics }),
      ]),
  )
}

function findRelyingParty(parties: RelyingParties, providerId: string): BackgroundRelyingParty {
  const party = parties.get(providerId)
  if (party === undefined) throw new Error(`no provider has the id ${providerId}`)
  return party
}
