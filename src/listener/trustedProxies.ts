// Which addresses may say on whose behalf they call: `listen.trustedProxies`. Nobody is trusted by default.

import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net'

export type IsTrusted = (address: string) => boolean

/** Entries are addresses or CIDR blocks, validated by the configuration. */
export function createTrustedProxies(entries: readonly string[]): IsTrusted {
  if (entries.length === 0) return () => false
  const list = new BlockList()
  for (const entry of entries) addEntry(list, entry)
  return (address) => list.check(address, familyOf(address))
}

function addEntry(list: BlockList, entry: string): void {
  const [address = '', prefix] = entry.split('/')
  if (prefix === undefined) list.addAddress(address, familyOf(address))
  else list.addSubnet(address, Number(prefix), familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

/**
 * One spelling per address: RFC 5952 for IPv6, without a zone, and IPv4 for what is mapped into IPv6.
 * Undefined where the text is no address.
 *
 * Threat: `::ffff:10.0.0.1` is 10.0.0.1; compared as text it would escape a rule about it.
 */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (!isIPv6(text)) return undefined
  const zone = text.indexOf('%')
  const { address } = new SocketAddress({
    address: zone === -1 ? text : text.slice(0, zone),
    family: 'ipv6',
  })
  return address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address
}
