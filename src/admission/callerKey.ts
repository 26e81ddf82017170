// Whom a quota counts a request for. Each key is a tuple with lengths in front, so that no two callers share one.
// Hot: runs for every request to a route with quotas.

import type { Principal } from '../request.ts'
import type { Quota } from './quota.ts'

/**
 * Where no client is known its subject counts, where nobody is known the address: who is not signed in is
 * counted all the same. People with a session have no client: at the issuer it is this gateway.
 */
export function toCallerKey(
  by: Quota['by'],
  principal: Principal | undefined,
  address: string,
): string {
  if (by === 'route') return 'all'
  if (by === 'address' || principal === undefined) return `address:${toNetwork(address)}`
  const { issuer, subject, claims, session } = principal
  const { client_id: clientId } = claims
  const isClientKnown = by === 'client' && session === undefined && typeof clientId === 'string'
  return isClientKnown ? toKey('client', issuer, clientId) : toKey('subject', issuer, subject)
}

function toKey(kind: string, issuer: string, name: string): string {
  return `${kind}:${issuer.length}:${issuer}:${name}`
}

/**
 * An IPv4 address itself, of an IPv6 address the first 64 bits; `address` as the listener writes it.
 *
 * Threat: whoever has one address of IPv6 has 2^64 of them, and would never meet a limit.
 */
export function toNetwork(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const first = toGroups(head)
  const last = tail === undefined ? [] : toGroups(tail)
  const zeros = Math.max(0, 8 - first.length - last.length)
  return [...first, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4).join(':')
}

/** An IPv4 address at the end stands for two groups. */
function toGroups(text: string): string[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => (group.includes('.') ? [group, group] : [group]))
}
