// Reads the issuer's metadata in the background: again and again until it is there, hourly afterwards. An
// issuer that is away keeps nothing from starting; what was read last stays until something better comes.

import {
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  None,
  allowInsecureRequests,
  clockTolerance,
  customFetch,
  type ClientAuth,
} from 'openid-client'
import type { Provider } from '../config/config.ts'
import type { Log } from '../telemetry/log.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../time.ts'
import { IssuerUnavailable, isIssuerFault } from './faults.ts'
import type { IssuerFetch } from './issuerFetch.ts'
import {
  acceptedAlgorithms,
  parseIssuerMetadata,
  toMetadataUrl,
  type IssuerMetadata,
} from './issuerMetadata.ts'

/** The issuer as its metadata describe it; replaced whole at every reading. */
export interface Issuer {
  readonly metadata: IssuerMetadata
  /** Of ID Tokens. */
  readonly algorithms: readonly string[]
  /** The client of openid-client for these metadata. */
  readonly configuration: Configuration
}

export interface Discovery {
  current(): Issuer | undefined
  /** Reads at once where nothing has been read, at most once a second. @throws IssuerUnavailable */
  demand(): Promise<Issuer>
  start(): void
  stop(): void
}

export interface DiscoveryOptions {
  readonly provider: Provider
  readonly fetch: IssuerFetch
  readonly clock: Clock
  readonly log: Log
}

const rereadAfter: Milliseconds = 3_600_000
const firstRetryAfter: Milliseconds = 1000
const lastRetryAfter: Milliseconds = 60_000
const demandInterval: EpochSeconds = 1

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { provider, clock, log } = options
  let issuer: Issuer | undefined
  let failure: IssuerUnavailable | undefined
  let reading: Promise<void> | undefined
  let triedAt: EpochSeconds = -Infinity
  let retryAfter = firstRetryAfter
  let isStarted = false
  let timer: NodeJS.Timeout | undefined

  async function readOnce(): Promise<void> {
    try {
      issuer = await readIssuer(options)
      if (failure !== undefined || triedAt === -Infinity) report(undefined)
      retryAfter = firstRetryAfter
    } catch (error) {
      report(isIssuerFault(error) ? error.message : 'the metadata could not be read')
    }
    triedAt = clock.now()
  }

  // Because an issuer that stays away would fill the log: one line for each change of the reason.
  function report(reason: string | undefined): void {
    const fields = { provider: provider.id, issuer: provider.issuer }
    if (reason === undefined) log.info(fields, 'issuer is ready')
    else if (reason !== failure?.message) {
      log.warn({ ...fields, detail: reason, ready: issuer !== undefined }, 'issuer cannot be read')
    }
    failure = reason === undefined ? undefined : new IssuerUnavailable(reason)
  }

  function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readOnAndOn(): Promise<void> {
    await read()
    if (!isStarted) return
    // Because many replicas start at once: the delays are spread.
    timer = setTimeout(() => void readOnAndOn(), nextDelay() * (0.75 + Math.random() / 4))
    timer.unref()
  }

  function nextDelay(): Milliseconds {
    if (failure === undefined) return rereadAfter
    const delay = retryAfter
    retryAfter = Math.min(retryAfter * 2, lastRetryAfter)
    return delay
  }

  return {
    current: () => issuer,
    async demand() {
      const isTooEarly = Math.abs(clock.now() - triedAt) < demandInterval
      if (issuer === undefined && (reading !== undefined || !isTooEarly)) await read()
      if (issuer !== undefined) return issuer
      throw failure ?? new IssuerUnavailable('the metadata have not been read')
    },
    start() {
      if (isStarted) return
      isStarted = true
      void readOnAndOn()
    },
    stop() {
      isStarted = false
      clearTimeout(timer)
    },
  }
}

async function readIssuer({ provider, fetch }: DiscoveryOptions): Promise<Issuer> {
  const url = toMetadataUrl(provider.issuer)
  const response = await fetch(url, { method: 'GET', headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new IssuerUnavailable(`${url}: answered ${response.status}`)
  const metadata = parseIssuerMetadata(await response.json(), provider.issuer)
  const algorithms = acceptedAlgorithms(metadata, provider)
  return { metadata, algorithms, configuration: toConfiguration(provider, metadata, fetch) }
}

function toConfiguration(
  provider: Provider,
  metadata: IssuerMetadata,
  fetch: IssuerFetch,
): Configuration {
  const algorithms = acceptedAlgorithms(metadata, provider)
  const configuration = new Configuration(
    { ...metadata, id_token_signing_alg_values_supported: algorithms },
    provider.clientId,
    // Because the library judges times by the system's clock: idToken.ts does it, by ours.
    { [clockTolerance]: Number.MAX_SAFE_INTEGER },
    toClientAuthentication(provider),
  )
  configuration[customFetch] = fetch
  // Because issuerFetch.ts decides about plain http, for every call alike.
  allowInsecureRequests(configuration)
  return configuration
}

function toClientAuthentication(provider: Provider): ClientAuth {
  const secret = provider.clientSecret?.reveal()
  if (secret === undefined || provider.clientAuthentication === 'none') return None()
  return provider.clientAuthentication === 'client_secret_post'
    ? ClientSecretPost(secret)
    : ClientSecretBasic(secret)
}
