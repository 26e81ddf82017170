// What happens to the tokens for one upstream, counted and logged. No token stands in any of it.

import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { isIssuerFault, TokenRequestRefused } from '../issuer/faults.ts'

export interface TokenEvents {
  obtained(): void
  failed(error: unknown): void
  /** The upstream said no to one. */
  dropped(): void
}

export function createTokenEvents(
  upstream: string,
  { log, metrics }: { readonly log: Log; readonly metrics: Pick<Metrics, 'upstreamTokens'> },
): TokenEvents {
  const count = (outcome: string): void => metrics.upstreamTokens.inc({ upstream, outcome })
  let lastDetail: string | undefined
  return {
    obtained() {
      count('obtained')
      if (lastDetail !== undefined)
        log.info({ upstream }, 'tokens for the upstream can be had again')
      lastDetail = undefined
    },
    failed(error) {
      count(error instanceof TokenRequestRefused ? 'refused' : 'unavailable')
      const detail = describe(error)
      // Because an issuer that stays away would fill the log.
      if (detail !== lastDetail)
        log.warn({ upstream, detail }, 'no token for the upstream can be had')
      lastDetail = detail
    },
    dropped() {
      count('dropped')
      log.warn({ upstream }, 'the upstream refused the token that it was sent')
    },
  }
}

const advice = '; check the client, scopes, resource and audience of its credentials'

function describe(error: unknown): string {
  if (error instanceof TokenRequestRefused) return error.message + advice
  return isIssuerFault(error) ? error.message : 'a fault of the gateway'
}
