// What one provider's access tokens are judged by: keys of its own, from the issuer or from a file, and the
// issuer's introspection. Read in the background from the start on, so that no request waits for them.

import type { BearerProvider } from '../../config/config.ts'
import type { WatchedFiles } from '../../files/watchedFiles.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock, Milliseconds } from '../../time.ts'
import { createBackgroundReading, type BackgroundReading } from '../issuer/backgroundReading.ts'
import { IssuerUnavailable } from '../issuer/faults.ts'
import { createIntrospection, type Introspect } from './introspection.ts'
import { createIssuerFetch, type IssuerFetch } from '../issuer/issuerFetch.ts'
import type { IssuerMetadata } from '../issuer/issuerMetadata.ts'
import { createIssuerKeys, type IssuerKeys } from '../issuer/keys.ts'
import { createStaticKeys } from '../issuer/staticKeys.ts'

export interface TokenSourcesOptions {
  readonly provider: BearerProvider
  readonly clockSkew: Milliseconds
  /** `insecure.allowHttpIssuer`. */
  readonly allowHttp: boolean
  readonly clock: Clock
  readonly log: Log
  readonly files: WatchedFiles
}

export interface TokenSources {
  readonly keys: Pick<IssuerKeys, 'find'>
  /** Undefined where the issuer is not asked. */
  readonly introspect: Introspect | undefined
  isReady(): boolean
  start(): void
  stop(): void
}

const keysLookedAfter: Milliseconds = 2000

export function createTokenSources(
  options: TokenSourcesOptions,
  onRotated: () => void,
): TokenSources {
  const { provider, clock, log, allowHttp, files } = options
  const { keysFile, introspection, validation } = provider.bearer
  const fetch = createIssuerFetch({ allowHttp })
  const metadata = createBackgroundReading({ provider, fetch, clock, log }, (read) => read)
  const needsKeys = validation !== 'introspection' || introspection.answer === 'jwt'
  const needsIssuer = validation !== 'jwt' || keysFile === undefined
  const keys =
    keysFile === undefined
      ? createPublishedKeys(options, { fetch, metadata, onRotated })
      : createStaticKeys(keysFile, {
          setting: `providers.${provider.id}.bearer.keysFile`,
          files,
          onRotated,
        })
  let hasKeys = !needsKeys || keysFile !== undefined
  let timer: NodeJS.Timeout | undefined

  // Because a token that is known asks for no key: without looking, a rotation would go unnoticed.
  async function lookAtKeys(): Promise<void> {
    if (metadata.current() !== undefined) hasKeys = await keys.prefetch()
  }

  return {
    keys,
    introspect: validation === 'jwt' ? undefined : createAsking(options, keys, metadata),
    isReady: () => hasKeys && (!needsIssuer || metadata.current() !== undefined),
    start() {
      if (!needsIssuer) return
      metadata.start()
      if (hasKeys) return
      void metadata.demand().then(lookAtKeys, () => undefined)
      timer = setInterval(() => void lookAtKeys(), keysLookedAfter).unref()
    },
    stop() {
      metadata.stop()
      clearInterval(timer)
    },
  }
}

type Metadata = BackgroundReading<IssuerMetadata>

interface PublishedKeysSources {
  readonly fetch: IssuerFetch
  readonly metadata: Metadata
  readonly onRotated: () => void
}

// Threat: were these the keys that sign-ins are checked with, a caller's made-up `kid` would use up their reading.
function createPublishedKeys(
  { provider, clock, log }: TokenSourcesOptions,
  { fetch, metadata, onRotated }: PublishedKeysSources,
): IssuerKeys {
  const jwksUri = (): string => {
    const uri = metadata.current()?.jwks_uri
    if (uri === undefined) throw new IssuerUnavailable('the metadata have not been read')
    return uri
  }
  const { issuer } = provider
  const keys = createIssuerKeys({ issuer, jwksUri, fetch, clock, log, onRotated })
  return {
    ...keys,
    async find(hint) {
      await metadata.demand()
      return keys.find(hint)
    },
  }
}

function createAsking(
  { provider, clock, clockSkew, allowHttp }: TokenSourcesOptions,
  keys: IssuerKeys,
  metadata: Metadata,
): Introspect {
  const { clientId } = provider
  if (clientId === undefined) throw new Error(`provider ${provider.id} has no clientId to ask with`)
  return createIntrospection({
    provider: { ...provider, clientId },
    metadata: () => metadata.demand(),
    fetch: createIssuerFetch({ allowHttp, timeout: provider.bearer.introspection.timeout }),
    keys,
    clock,
    clockSkew,
  })
}
