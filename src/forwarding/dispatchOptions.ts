// A request as undici takes it. Hot: runs for every request.

import type { Dispatcher } from 'undici'
import type { AuthorizedRequest } from '../request.ts'
import { maySignInConnection } from './connectionCredentials.ts'
import { endsConnection, type RequestBody } from './requestBody.ts'
import type { Upstream } from './upstream.ts'

/** `fields` are those that identity/ wrote; one more is sent where the connection ends with this request. */
export function toDispatchOptions(
  { routed }: AuthorizedRequest,
  { serverName }: Upstream,
  fields: string[],
  body: Buffer | RequestBody | null,
): Dispatcher.DispatchOptions & { servername: string } {
  const { target, received, route } = routed
  const { method, isUpgrade } = received
  const isLast =
    endsConnection(method, body) || (route.forwardAuthorization && maySignInConnection(fields))
  return {
    path: target.path + target.query,
    method,
    headers: isLast ? [...fields, 'Connection', 'close'] : fields,
    body,
    upgrade: isUpgrade ? 'websocket' : null,
    servername: serverName,
  }
}
