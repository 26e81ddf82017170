// Everybody who vouches for a caller: a RelyingParty for each provider that people sign in with, a ResourceServer
// for each that access tokens come from, a ClientCredentialsIssuer for each that tells clients by their secrets; and
// what serves all of a kind: the counted sign-in by password, the judge of DPoP proofs.

import type { Config } from '../config/config.ts'
import { isForBearer, isForClientCredentials, isForSignIn } from '../config/routes/providerUses.ts'
import { createWatchSecrets } from '../config/secrets/secretFiles.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import {
  createResourceServer,
  type BackgroundResourceServer,
} from './accessTokens/createResourceServer.ts'
import {
  createClientCredentialsIssuer,
  type BackgroundClientCredentialsIssuer,
} from './clientCredentials/createClientCredentialsIssuer.ts'
import { createProofJudge, type ProofJudge } from './dpop/createProofJudge.ts'
import { createRefreshing, type Refreshing } from './login/createRefreshing.ts'
import { createRelyingParty, type BackgroundRelyingParty } from './login/createRelyingParty.ts'
import { createPasswords } from './passwords/createPasswords.ts'
import type { SignInWithPassword } from './passwords/passwordSignIn.ts'

export interface IssuersOptions {
  readonly config: Config
  /** The claims that routes and headers read: userinfo is asked where one is missing. */
  readonly neededClaims: readonly string[]
  readonly files: WatchedFiles
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/** Maps are by provider id. */
export interface Issuers extends Refreshing {
  readonly relyingParties: ReadonlyMap<string, BackgroundRelyingParty>
  readonly resourceServers: ReadonlyMap<string, BackgroundResourceServer>
  readonly clientCredentialsIssuers: ReadonlyMap<string, BackgroundClientCredentialsIssuer>
  /** Undefined where no provider takes passwords. */
  readonly signInWithPassword: SignInWithPassword | undefined
  /** Undefined where no provider takes proofs of possession. */
  readonly proofs: ProofJudge | undefined
  /** Begins to read what the issuers publish, and keeps reading it. */
  start(): void
  stop(): void
  /** Which of them have been read: `provider:ID`, `bearer:ID`, `client-credentials:ID`; and `proofs`. */
  readiness(): Readonly<Record<string, boolean>>
  close(): Promise<void>
}

export function createIssuers({ config, neededClaims, ...services }: IssuersOptions): Issuers {
  const { clockSkew, insecure, providers } = config
  const shared = { ...services, clockSkew, allowHttp: insecure.allowHttpIssuer }
  for (const { id, clientSecret } of providers) {
    if (clientSecret === undefined) continue
    createWatchSecrets(`providers.${id}.clientSecret`, services.files)([clientSecret])
  }
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
  const passwords = createPasswords(config, { relyingParties, ...services })
  const proofs = createProofs(config, services)
  const all = [relyingParties, resourceServers, clientCredentialsIssuers].flatMap((issuers) => [
    ...issuers.values(),
  ])
  return {
    relyingParties,
    resourceServers,
    clientCredentialsIssuers,
    ...createRefreshing(relyingParties),
    signInWithPassword: passwords?.signIn,
    proofs,
    start: () => all.forEach((issuer) => issuer.start()),
    stop: () => all.forEach((issuer) => issuer.stop()),
    readiness: () => ({
      ...toReadiness('provider', relyingParties),
      ...toReadiness('bearer', resourceServers),
      ...toReadiness('client-credentials', clientCredentialsIssuers),
      ...(proofs === undefined ? {} : { proofs: proofs.isReady }),
    }),
    async close() {
      await Promise.all([proofs?.close(), passwords?.close()])
    },
  }
}

function createProofs(
  { providers, sessions, clockSkew }: Config,
  services: Pick<IssuersOptions, 'clock' | 'log'>,
): ProofJudge | undefined {
  if (providers.every(({ bearer }) => bearer?.dpop === undefined)) return undefined
  return createProofJudge({ ...services, sessions, clockSkew })
}

function toReadiness(
  use: string,
  issuers: ReadonlyMap<string, { readonly isReady: boolean }>,
): Record<string, boolean> {
  return Object.fromEntries([...issuers].map(([id, { isReady }]) => [`${use}:${id}`, isReady]))
}
