// Logins begin at the public host: the cookies of a login stay at the host that set them, and the issuer sends
// the browser back to the public one.

import type { Config } from '../config/config.ts'
import { respondRedirect } from '../http/respond.ts'
import type { ReceivedRequest } from '../request.ts'

export interface PublicHost {
  isElsewhere(received: ReceivedRequest): boolean
  /** Whether the browser was sent here from elsewhere. */
  wasMoved(parameters: URLSearchParams): boolean
  /** Sends the browser to the same place there. `loginUrl` is a path of ours with a query. */
  move(received: ReceivedRequest, loginUrl: string): void
}

// Because a proxy in front may name us by a host of its own: nobody is moved twice.
const movedMark = 'moved'

export function createPublicHost({ publicUrl }: Pick<Config, 'publicUrl'>): PublicHost {
  const { host } = new URL(publicUrl)
  return {
    isElsewhere: ({ client }) => client.authority !== host,
    wasMoved: (parameters) => parameters.has(movedMark),
    move: (received, loginUrl) =>
      respondRedirect(received, `${publicUrl}${loginUrl}&${movedMark}=1`),
  }
}
