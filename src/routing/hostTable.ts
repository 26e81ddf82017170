// The path tries of a routing table by host. A pattern is an exact host, `*.suffix` for one or more labels
// before it, or none for any host; one that names a port matches that port alone, any other every port.
// Hot where a route names a host, else one comparison; measured by `npm run bench`.

import { createPathTrie, type PathTrie } from './pathTrie.ts'

export interface HostTable {
  /** By host; by `.suffix` for `*.suffix`; by `host:port` where the pattern names one. */
  readonly named: Map<string, PathTrie>
  readonly anyHost: PathTrie
  readonly anyHostAlone: readonly PathTrie[]
}

export function createHostTable(): HostTable {
  const anyHost = createPathTrie()
  return { named: new Map(), anyHost, anyHostAlone: [anyHost] }
}

/** The trie of one host pattern, made where it is not there yet. */
export function trieOfPattern(hosts: HostTable, pattern: string | undefined): PathTrie {
  if (pattern === undefined) return hosts.anyHost
  const key = toHostKey(pattern)
  let trie = hosts.named.get(key)
  if (trie === undefined) hosts.named.set(key, (trie = createPathTrie()))
  return trie
}

/** Equal for two patterns that match the same hosts. */
export function toHostKey(pattern: string | undefined): string {
  if (pattern === undefined) return ''
  const lowerCased = pattern.toLowerCase()
  return lowerCased.startsWith('*.') ? lowerCased.slice(1) : lowerCased
}

/** The tries of all patterns that match the authority, the most specific first. */
export function findTries(hosts: HostTable, authority: string): readonly PathTrie[] {
  if (hosts.named.size === 0) return hosts.anyHostAlone
  const hostEnd = findHostEnd(authority)
  const host = withoutRootDot(authority.slice(0, hostEnd).toLowerCase())
  const port = authority.slice(hostEnd)
  const found: PathTrie[] = []
  // Because `.example.com` is no host, but the key of `*.example.com`, which wants a label before it.
  if (!host.startsWith('.')) writeTries(hosts, host, port, found)
  for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    writeTries(hosts, host.slice(dot), port, found)
  }
  found.push(hosts.anyHost)
  return found
}

function writeTries(hosts: HostTable, key: string, port: string, found: PathTrie[]): void {
  const withPort = port === '' ? undefined : hosts.named.get(key + port)
  if (withPort !== undefined) found.push(withPort)
  const withoutPort = hosts.named.get(key)
  if (withoutPort !== undefined) found.push(withoutPort)
}

// Because an IPv6 address in brackets has colons of its own.
function findHostEnd(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon > authority.lastIndexOf(']') ? colon : authority.length
}

// Threat: `app.example.com.` is the same host to DNS and to the application; it may not walk round its routes.
function withoutRootDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
