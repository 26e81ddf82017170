// Which upstream is sent which credentials. Nothing is shared between two upstreams: what one is sent, no other is.

import type {
  BasicCredentials,
  Config,
  Provider,
  TokenCredentials,
  UpstreamCredentials,
} from '../config/config.ts'
import { createWatchSecrets, type WatchSecrets } from '../config/secrets/secretFiles.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import { createCallLimit } from '../oidc/issuer/callLimit.ts'
import { requestClientCredentialsToken } from '../oidc/clientCredentials/clientCredentialsGrant.ts'
import { createExchangedTokens } from '../oidc/upstreamTokens/exchangedTokens.ts'
import { createOwnToken, type OwnToken } from '../oidc/upstreamTokens/ownToken.ts'
import { createTokenEndpoints, type TokenEndpoints } from '../oidc/upstreamTokens/tokenEndpoints.ts'
import { createTokenEvents, type TokenEvents } from '../oidc/upstreamTokens/tokenEvents.ts'
import { exchangeToken } from '../oidc/upstreamTokens/tokenExchangeGrant.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Clock } from '../time.ts'
import {
  callersToken,
  fromClaim,
  fromExchange,
  fromOwnToken,
  type AuthorizationSource,
} from './authorizationSource.ts'
import { createTokenRequest } from './tokenRequest.ts'

export interface CredentialsOptions {
  readonly config: Pick<Config, 'upstreams' | 'providers' | 'insecure'>
  readonly files: WatchedFiles
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'upstreamTokens'>
}

export interface AuthorizationSources {
  /** By upstream; none for those that are sent nothing. */
  readonly sources: ReadonlyMap<string, AuthorizationSource>
  /** Begins to get tokens ahead of the first request. */
  start(): void
  stop(): void
}

interface Tools {
  readonly config: CredentialsOptions['config']
  readonly clock: Clock
  readonly watch: WatchSecrets
  readonly events: TokenEvents
  readonly endpoints: TokenEndpoints
  readonly ownTokens: OwnToken[]
}

export function createAuthorizationSources(options: CredentialsOptions): AuthorizationSources {
  const endpoints = createTokenEndpoints(options)
  const ownTokens: OwnToken[] = []
  const sources = new Map<string, AuthorizationSource>()
  for (const [name, { credentials }] of Object.entries(options.config.upstreams)) {
    const watch = createWatchSecrets(`upstreams.${name}.credentials`, options.files)
    const events = createTokenEvents(name, options)
    const source = createSource(credentials, { ...options, watch, events, endpoints, ownTokens })
    if (source !== undefined) sources.set(name, source)
  }
  const parts = [endpoints, ...ownTokens]
  return {
    sources,
    start: () => parts.forEach((part) => part.start()),
    stop: () => parts.forEach((part) => part.stop()),
  }
}

function createSource(
  credentials: UpstreamCredentials,
  tools: Tools,
): AuthorizationSource | undefined {
  switch (credentials.type) {
    case 'none':
      return undefined
    case 'access-token':
      return callersToken
    case 'basic':
      return createBasicSource(credentials, tools)
    case 'client-credentials':
      return createOwnSource(credentials, tools)
    case 'token-exchange':
      return createExchangeSource(credentials, tools)
  }
}

function createBasicSource(
  { userClaim, password }: BasicCredentials,
  { watch }: Tools,
): AuthorizationSource {
  watch([password])
  return fromClaim(userClaim, password)
}

function createOwnSource(credentials: TokenCredentials, tools: Tools): AuthorizationSource {
  const { endpoints, watch, events, clock, ownTokens } = tools
  const endpoint = endpoints.find(credentials.provider)
  const toRequest = createTokenRequest(credentials, findProvider(credentials, tools), (secrets) =>
    watch(secrets, () => token.renew()),
  )
  const request = () => requestClientCredentialsToken(toRequest(), endpoint)
  const token = createOwnToken({ request, events, clock })
  ownTokens.push(token)
  return fromOwnToken(token)
}

// Because every caller's token is one call, and an issuer has to bear the start of a day.
const maxRunning = 64
const maxWaiting = 256

function createExchangeSource(credentials: TokenCredentials, tools: Tools): AuthorizationSource {
  const { endpoints, watch, events, clock } = tools
  const endpoint = endpoints.find(credentials.provider)
  const provider = findProvider(credentials, tools)
  const toRequest = createTokenRequest(credentials, provider, watch)
  const limit = createCallLimit(maxRunning, maxWaiting)
  const exchange = (accessToken: string) =>
    limit.run(() => exchangeToken(toRequest(), accessToken, endpoint))
  return fromExchange(createExchangedTokens({ exchange, events, clock }), provider.issuer)
}

function findProvider({ provider }: TokenCredentials, { config }: Tools): Provider {
  const found = config.providers.find(({ id }) => id === provider)
  if (found === undefined) throw new Error(`no provider has the id ${provider}`)
  return found
}
