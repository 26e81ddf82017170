import { GatewayError } from '../errors/gatewayError.ts'

/** A request that cannot be read in one way alone. */
export function malformed(detail: string): GatewayError {
  return new GatewayError('request_malformed', detail)
}
