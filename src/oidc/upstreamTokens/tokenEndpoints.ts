// The token endpoints that upstreams' tokens come from, by provider: their metadata are read in the background, from
// the start on.

import type { Config } from '../../config/config.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock } from '../../time.ts'
import { createBackgroundReading, type BackgroundReading } from '../issuer/backgroundReading.ts'
import type { TokenEndpointAccess } from '../clientCredentials/clientCredentialsGrant.ts'
import { createIssuerFetch } from '../issuer/issuerFetch.ts'
import type { IssuerMetadata } from '../issuer/issuerMetadata.ts'

export interface TokenEndpoints {
  /** That of a configured provider; the same for everyone who asks. */
  find(providerId: string): TokenEndpointAccess
  start(): void
  stop(): void
}

export interface TokenEndpointsOptions {
  readonly config: Pick<Config, 'providers' | 'insecure'>
  readonly clock: Clock
  readonly log: Log
}

export function createTokenEndpoints({
  config,
  clock,
  log,
}: TokenEndpointsOptions): TokenEndpoints {
  const fetch = createIssuerFetch({ allowHttp: config.insecure.allowHttpIssuer })
  const readings = new Map<string, BackgroundReading<IssuerMetadata>>()

  function findReading(providerId: string): BackgroundReading<IssuerMetadata> {
    const known = readings.get(providerId)
    if (known !== undefined) return known
    const provider = config.providers.find(({ id }) => id === providerId)
    if (provider === undefined) throw new Error(`no provider has the id ${providerId}`)
    const reading = createBackgroundReading({ provider, fetch, clock, log }, (read) => read)
    readings.set(providerId, reading)
    return reading
  }

  return {
    find(providerId) {
      const reading = findReading(providerId)
      return { metadata: () => reading.demand(), fetch, clock }
    },
    start: () => readings.forEach((reading) => reading.start()),
    stop: () => readings.forEach((reading) => reading.stop()),
  }
}
