// What every relay of this gateway shares: built once, never per request.

import type { AuthorizedRequest, ReceivedRequest } from '../request.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { ResponseRewriting } from './responseRewriting.ts'

export interface ForwardingServices {
  readonly log: Log
  readonly metrics: Metrics
  /** The value of Via on answers. */
  readonly via: string
  /** By `route.index`; undefined where answers pass as they are. */
  readonly rewritings: readonly (ResponseRewriting | undefined)[]
  /** Renders an error as the answer; where one has begun, cuts the connection. */
  readonly refuse: (received: ReceivedRequest, error: unknown) => void
  /** Absent where no upstream is sent credentials that can be replaced. */
  readonly renewal?: CredentialRenewal | undefined
}

/** Credentials in the fields of a request, as far as forwarding goes: others, where an upstream refuses them. */
export interface CredentialRenewal {
  /** The upstream has answered 401 to these fields. True where it may be sent others. */
  drop(authorized: AuthorizedRequest, fields: readonly string[]): boolean
  /** The fields again. @throws what the room that writes them throws */
  identify(authorized: AuthorizedRequest): string[] | Promise<string[]>
}
