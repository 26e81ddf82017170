// A certificate as proof that a token is the sender's (RFC 8705 §3): the one that the token names has been shown in
// the TLS handshake, to this gateway or to a trusted proxy.

import type { Metrics } from '../../telemetry/metrics.ts'
import type { PossessionCheck } from './possession.ts'

/** @throws GatewayError `request_malformed` where a trusted proxy cannot be understood */
export function createCertificateCheck({
  metrics,
}: {
  readonly metrics: Pick<Metrics, 'accessTokens'>
}): PossessionCheck {
  return ({ routed, principal, bound }) => {
    const shown = routed.received.findCertificate?.()
    if (shown === bound) return undefined
    metrics.accessTokens.inc({ provider: principal.providerId, outcome: 'bound' })
    const what = shown === undefined ? 'no certificate' : 'another certificate'
    return { outcome: 'rejected', code: 'invalid_token', detail: `cnf: x5t#S256, and ${what}` }
  }
}
