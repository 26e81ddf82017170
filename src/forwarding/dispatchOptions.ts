// A request as undici takes it. Hot: runs for every request.

import type { Dispatcher } from 'undici'
import type { AuthorizedRequest } from '../request.ts'
import { endsConnection, type RequestBody } from './requestBody.ts'
import type { Upstream } from './upstream.ts'

/** `fields` are those that identity/ wrote; one is added where the connection ends with this request. */
export function toDispatchOptions(
  { routed }: AuthorizedRequest,
  { serverName }: Upstream,
  fields: string[],
  body: Buffer | RequestBody | null,
): Dispatcher.DispatchOptions & { servername: string } {
  const { target, received } = routed
  const { method, isUpgrade } = received
  if (endsConnection(method, body)) fields.push('Connection', 'close')
  return {
    path: target.path + target.query,
    method,
    headers: fields,
    body,
    upgrade: isUpgrade ? 'websocket' : null,
    servername: serverName,
  }
}
