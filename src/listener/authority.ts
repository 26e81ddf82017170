// Host and port as a client names them. Refuses everything else that RFC 3986 §3.2 would let stand there:
// userinfo, percent-encoding, sub-delimiters. Hot: parsed once per connection and Host value.

import { isIPv4, isIPv6 } from 'node:net'
import type { ClientInfo } from '../request.ts'

export interface Authority {
  /** Lower-cased, without a trailing dot; an IPv6 address in brackets. */
  readonly host: string
  readonly port: number | undefined
}

/** Undefined where the text is anything but a host, with or without a port. */
export function parseAuthority(text: string): Authority | undefined {
  const portAt = findPortDelimiter(text)
  const host = parseHost(portAt === -1 ? text : text.slice(0, portAt))
  if (host === undefined) return undefined
  if (portAt === -1) return { host, port: undefined }
  const port = parsePort(text.slice(portAt + 1))
  return port === undefined ? undefined : { host, port }
}

function findPortDelimiter(text: string): number {
  if (text.charCodeAt(0) !== 0x5b) return text.indexOf(':')
  const closing = text.indexOf(']')
  return closing === -1 || closing === text.length - 1 ? -1 : closing + 1
}

/** From 1 to 65535; undefined for anything else. A caller has made sure what stands before it is a colon or nothing. */
export function parsePort(text: string): number | undefined {
  if (text.length === 0 || text.length > 5) return undefined
  let port = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return undefined
    port = port * 10 + digit
  }
  return port >= 1 && port <= 65_535 ? port : undefined
}

function parseHost(text: string): string | undefined {
  if (text.charCodeAt(0) === 0x5b) return parseIPv6Literal(text)
  // Because `example.com.` is the same name: a route for a host must not be missed by a dot.
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase()
  if (name.length === 0 || name.length > 253 || !hasHostLabels(name)) return undefined
  // Threat: `127.1` and `1.2.3.04` are read as different addresses by different programs.
  return endsInNumber(name) && !isIPv4(name) ? undefined : name
}

function parseIPv6Literal(text: string): string | undefined {
  if (!text.endsWith(']')) return undefined
  const address = text.slice(1, -1)
  return isIPv6(address) && !address.includes('%') ? text.toLowerCase() : undefined
}

/** Letters, digits, `-`, `_`, `~` in labels that are not empty. */
function hasHostLabels(name: string): boolean {
  let labelStart = 0
  for (let at = 0; at <= name.length; at += 1) {
    const code = at === name.length ? 0x2e : name.charCodeAt(at)
    if (code === 0x2e) {
      if (at === labelStart) return false
      labelStart = at + 1
    } else if (!isHostCharacter(code)) return false
  }
  return true
}

function isHostCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f ||
    code === 0x7e
  )
}

function endsInNumber(name: string): boolean {
  const label = name.slice(name.lastIndexOf('.') + 1)
  return /^(\d+|0x[0-9a-f]*)$/.test(label)
}

/** `host` or `host:port`; the scheme's own port is left out. */
export function toAuthority(authority: Authority, scheme: ClientInfo['scheme']): string {
  const { host, port } = authority
  if (port === undefined || port === (scheme === 'https' ? 443 : 80)) return host
  return `${host}:${port}`
}
