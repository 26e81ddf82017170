// The fields that say truly where a request came from: X-Forwarded-For, -Host, -Proto, -Port and Forwarded.
// Hot: made once per client of a connection, which the listener hands over as the same object (`npm run bench`).

import { isToken } from '../http/fields.ts'
import type { ClientInfo } from '../request.ts'

/** Names and values in turn. */
export type ForwardingFields = (client: ClientInfo) => readonly string[]

export function createForwardingFields(): ForwardingFields {
  const kept = new WeakMap<ClientInfo, readonly string[]>()
  return (client) => {
    const known = kept.get(client)
    if (known !== undefined) return known
    const fields = createFields(client)
    kept.set(client, fields)
    return fields
  }
}

function createFields(client: ClientInfo): string[] {
  return [
    'X-Forwarded-For',
    client.forwardedFor,
    'X-Forwarded-Host',
    client.authority,
    'X-Forwarded-Proto',
    client.scheme,
    'X-Forwarded-Port',
    findPort(client),
    'Forwarded',
    toForwarded(client),
  ]
}

function findPort({ authority, scheme }: ClientInfo): string {
  const named = /:(\d+)$/.exec(authority)?.[1]
  return named ?? (scheme === 'https' ? '443' : '80')
}

/** RFC 7239 §4: an element per hop; the client's, which comes first, also says what it asked for and how. */
function toForwarded({ forwardedFor, authority, scheme }: ClientInfo): string {
  const [client = '', ...hops] = forwardedFor.split(', ').map((address) => `for=${toNode(address)}`)
  return [`${client};host=${toValue(authority)};proto=${scheme}`, ...hops].join(', ')
}

/** RFC 7239 §6: IPv6 in brackets, and for their sake in quotes. */
function toNode(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address
}

function toValue(text: string): string {
  return isToken(text) ? text : `"${text}"`
}
