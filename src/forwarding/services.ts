// What every relay of this gateway shares: built once, never per request.

import type { GatewayError } from '../errors/gatewayError.ts'
import type { ReceivedRequest } from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface ForwardingServices {
  readonly log: Log
  readonly metrics: Metrics
  /** The value of Via on answers. */
  readonly via: string
  /** Renders an error as the answer; where one has begun, cuts the connection. */
  readonly refuse: (received: ReceivedRequest, error: GatewayError) => void
}
