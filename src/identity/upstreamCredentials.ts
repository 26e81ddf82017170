// Which upstream is sent which credentials. Nothing is shared between two upstreams: what one is sent, no other is.

import type {
  BasicCredentials,
  Config,
  Provider,
  TokenCredentials,
  UpstreamCredentials,
} from '../config/config.ts'
import { watchSecrets, type LiveSecret } from '../config/secretFiles.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import { createCallLimit } from '../oidc/issuer/callLimit.ts'
import { requestClientCredentialsToken } from '../oidc/clientCredentials/clientCredentialsGrant.ts'
import { createExchangedTokens } from '../oidc/upstreamTokens/exchangedTokens.ts'
import { createOwnToken, type OwnToken } from '../oidc/upstreamTokens/ownToken.ts'
import { createTokenEndpoints, type TokenEndpoints } from '../oidc/upstreamTokens/tokenEndpoints.ts'
import { createTokenEvents } from '../oidc/upstreamTokens/tokenEvents.ts'
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

interface Tools extends CredentialsOptions {
  readonly endpoints: TokenEndpoints
  readonly ownTokens: OwnToken[]
}

export function createAuthorizationSources(options: CredentialsOptions): AuthorizationSources {
  const endpoints = createTokenEndpoints(options)
  const ownTokens: OwnToken[] = []
  const tools: Tools = { ...options, endpoints, ownTokens }
  const sources = new Map<string, AuthorizationSource>()
  for (const [name, { credentials }] of Object.entries(options.config.upstreams)) {
    const source = createSource(name, credentials, tools)
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
  upstream: string,
  credentials: UpstreamCredentials,
  tools: Tools,
): AuthorizationSource | undefined {
  switch (credentials.type) {
    case 'none':
      return undefined
    case 'access-token':
      return callersToken
    case 'basic':
      return createBasicSource(upstream, credentials, tools)
    case 'client-credentials':
      return createOwnSource(upstream, credentials, tools)
    case 'token-exchange':
      return createExchangeSource(upstream, credentials, tools)
  }
}

function createBasicSource(
  upstream: string,
  { userClaim, password }: BasicCredentials,
  { files }: Tools,
): AuthorizationSource {
  const live: LiveSecret = { ...password }
  watchSecrets({ setting: toSetting(upstream), secrets: [live] }, files)
  return fromClaim(userClaim, live)
}

function toSetting(upstream: string): string {
  return `upstreams.${upstream}.credentials`
}

function createOwnSource(
  upstream: string,
  credentials: TokenCredentials,
  tools: Tools,
): AuthorizationSource {
  const endpoint = tools.endpoints.find(credentials.provider)
  const provider = findProvider(credentials, tools)
  const { files } = tools
  const onChanged = (): void => token.renew()
  const setting = toSetting(upstream)
  const toRequest = createTokenRequest({ credentials, provider, setting, files, onChanged })
  const token = createOwnToken({
    request: () => requestClientCredentialsToken(toRequest(), endpoint),
    events: createTokenEvents(upstream, tools),
    clock: tools.clock,
  })
  tools.ownTokens.push(token)
  return fromOwnToken(token)
}

// Because every caller's token is one call, and an issuer has to bear the start of a day.
const maxRunning = 64
const maxWaiting = 256

function createExchangeSource(
  upstream: string,
  credentials: TokenCredentials,
  tools: Tools,
): AuthorizationSource {
  const endpoint = tools.endpoints.find(credentials.provider)
  const provider = findProvider(credentials, tools)
  const { files } = tools
  const setting = toSetting(upstream)
  const toRequest = createTokenRequest({ credentials, provider, setting, files })
  const limit = createCallLimit(maxRunning, maxWaiting)
  const tokens = createExchangedTokens({
    exchange: (accessToken) => limit.run(() => exchangeToken(toRequest(), accessToken, endpoint)),
    events: createTokenEvents(upstream, tools),
    clock: tools.clock,
  })
  return fromExchange(tokens, provider.issuer)
}

function findProvider({ provider }: TokenCredentials, { config }: Tools): Provider {
  const found = config.providers.find(({ id }) => id === provider)
  if (found === undefined) throw new Error(`no provider has the id ${provider}`)
  return found
}
