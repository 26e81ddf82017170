// Reads an issuer's metadata in the background: again and again until they are there, hourly afterwards. An
// issuer that is away keeps nothing from starting; what was read last stays until something better comes.

import type { Provider } from '../../config/config.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../../time.ts'
import { IssuerUnavailable, isIssuerFault } from './faults.ts'
import type { IssuerFetch } from './issuerFetch.ts'
import { parseIssuerMetadata, toMetadataUrl, type IssuerMetadata } from './issuerMetadata.ts'

export interface BackgroundReading<T> {
  current(): T | undefined
  /** Reads at once where nothing has been read, at most once a second. @throws IssuerUnavailable */
  demand(): Promise<T>
  start(): void
  stop(): void
}

export interface ReadingOptions {
  readonly provider: Provider
  readonly fetch: IssuerFetch
  readonly clock: Clock
  readonly log: Log
}

const rereadAfter: Milliseconds = 3_600_000
const firstRetryAfter: Milliseconds = 1000
const lastRetryAfter: Milliseconds = 60_000
const demandInterval: EpochSeconds = 1

/** @param toIssuer what is made of the metadata; may throw what {@link isIssuerFault} knows */
export function createBackgroundReading<T>(
  options: ReadingOptions,
  toIssuer: (metadata: IssuerMetadata) => T,
): BackgroundReading<T> {
  const { provider, clock, log } = options
  let issuer: T | undefined
  let failure: IssuerUnavailable | undefined
  let reading: Promise<void> | undefined
  let triedAt: EpochSeconds = -Infinity
  let retryAfter = firstRetryAfter
  let isStarted = false
  let timer: NodeJS.Timeout | undefined

  async function readOnce(): Promise<void> {
    try {
      issuer = toIssuer(await readMetadata(options))
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

async function readMetadata({ provider, fetch }: ReadingOptions): Promise<IssuerMetadata> {
  const url = toMetadataUrl(provider.issuer)
  const response = await fetch(url, { method: 'GET', headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new IssuerUnavailable(`${url}: answered ${response.status}`)
  return parseIssuerMetadata(await response.json(), provider.issuer)
}
