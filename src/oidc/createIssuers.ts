// Everybody who vouches for a caller: a RelyingParty for each provider that people sign in with, a ResourceServer
// for each that access tokens come from, a ClientCredentialsIssuer for each that tells clients by their secrets.

import type { Config } from '../config/config.ts'
import { isForBearer, isForClientCredentials, isForSignIn } from '../config/providerUses.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import {
  createClientCredentialsIssuer,
  type BackgroundClientCredentialsIssuer,
} from './clientCredentials/createClientCredentialsIssuer.ts'
import { createRelyingParty, type BackgroundRelyingParty } from './login/createRelyingParty.ts'
import {
  createResourceServer,
  type BackgroundResourceServer,
} from './accessTokens/createResourceServer.ts'

export interface IssuersOptions {
  readonly config: Config
  /** The claims that routes and headers read: userinfo is asked where one is missing. */
  readonly neededClaims: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/** All by provider id. */
export interface Issuers {
  readonly relyingParties: ReadonlyMap<string, BackgroundRelyingParty>
  readonly resourceServers: ReadonlyMap<string, BackgroundResourceServer>
  readonly clientCredentialsIssuers: ReadonlyMap<string, BackgroundClientCredentialsIssuer>
  /** Begins to read what the issuers publish, and keeps reading it. */
  start(): void
  stop(): void
  /** Which of them have been read: `provider:ID`, `bearer:ID`, `client-credentials:ID`. */
  readiness(): Readonly<Record<string, boolean>>
}

export function createIssuers({ config, neededClaims, ...services }: IssuersOptions): Issuers {
  const { clockSkew, insecure, providers } = config
  const shared = { ...services, clockSkew, allowHttp: insecure.allowHttpIssuer }
  const relyingParties = new Map(
    providers
      .filter(isForSignIn)
      .map((provider) => [provider.id, createRelyingParty({ ...shared, provider, neededClaims })]),
  )
  const resourceServers = new Map(
    providers
      .filter(isForBearer)
      .map((provider) => [provider.id, createResourceServer({ ...shared, provider })]),
  )
  const clientCredentialsIssuers = new Map(
    providers.filter(isForClientCredentials).map((provider) => {
      const resourceServer = resourceServers.get(provider.id)
      return [provider.id, createClientCredentialsIssuer({ ...shared, provider, resourceServer })]
    }),
  )
  const all = [relyingParties, resourceServers, clientCredentialsIssuers].flatMap((issuers) => [
    ...issuers.values(),
  ])
  return {
    relyingParties,
    resourceServers,
    clientCredentialsIssuers,
    start: () => all.forEach((issuer) => issuer.start()),
    stop: () => all.forEach((issuer) => issuer.stop()),
    readiness: () => ({
      ...toReadiness('provider', relyingParties),
      ...toReadiness('bearer', resourceServers),
      ...toReadiness('client-credentials', clientCredentialsIssuers),
    }),
  }
}

function toReadiness(
  use: string,
  issuers: ReadonlyMap<string, { readonly isReady: boolean }>,
): Record<string, boolean> {
  return Object.fromEntries([...issuers].map(([id, { isReady }]) => [`${use}:${id}`, isReady]))
}
