// Upstreams that are the gateway itself. Looks no name up: what is said of addresses is said by their text.

import type { Finding } from '../problems/problem.ts'
import { findWhereReadable } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import { type ListenAddress, writeAddress } from '../schema/values.ts'
import { everyAddress, isLoopbackHost } from './loopback.ts'

// Threat: a request would go round until it is too long; and the admin listener would be public.
export function findLoopProblems(config: UnresolvedConfig): Finding[] {
  return Object.keys(config.upstreams).flatMap((name) =>
    findWhereReadable(
      () => findLoop(config, name, 'listen'),
      () => findLoop(config, name, 'admin'),
    ),
  )
}

function findLoop(config: UnresolvedConfig, name: string, listener: 'listen' | 'admin'): Finding[] {
  const { address } = config[listener]
  if (!leadsTo(new URL(config.upstreams[name]!.url), address)) return []
  const message = `expected the address of an application, found the gateway itself: ${listener}.address is ${writeAddress(address)}.`
  return [{ path: ['upstreams', name, 'url'], message }]
}

function leadsTo({ protocol, hostname, port }: URL, address: ListenAddress): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (Number(port || (protocol === 'https:' ? 443 : 80)) !== address.port) return false
  if (host === address.host.toLowerCase()) return true
  const isHere = isLoopbackHost(host) || everyAddress.has(host)
  if (everyAddress.has(address.host)) return isHere
  // Because a name such as localhost may be any loopback address, and two different ones are two places.
  const isVague = everyAddress.has(host) || !/^[\d.]+$|:/.test(host) || address.host === 'localhost'
  return isHere && isVague && isLoopbackHost(address.host)
}
