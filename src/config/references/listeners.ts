import type { Finding } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import { everyAddress, isLoopbackHost, isLoopbackUrl } from './loopback.ts'

export function findListenerProblems({ listen, admin }: UnresolvedConfig): Finding[] {
  const [one, other] = [listen.address, admin.address]
  if (one.port !== other.port || one.port === 0) return []
  const overlaps =
    one.host === other.host || [one, other].some(({ host }) => everyAddress.has(host))
  if (!overlaps) return []
  const message = `expected another port than listen.address, found ${other.port} in both.`
  return [{ path: ['admin', 'address'], message }]
}

export function findListenerWarnings({
  publicUrl,
  listen,
  admin,
  insecure,
}: UnresolvedConfig): Finding[] {
  const warnings = findBlindTrust(listen.trustedProxies)
  if (publicUrl.startsWith('http:') && listen.tls !== undefined) {
    const message = 'http, but listen.tls has clients come by https: nobody gets here so.'
    warnings.push({ path: ['publicUrl'], message })
  } else if (publicUrl.startsWith('http:') && !isLoopbackUrl(publicUrl)) {
    const message = 'plain http: whoever is on the way can read and take over every session.'
    warnings.push({ path: ['publicUrl'], message })
  }
  if (!isLoopbackHost(admin.address.host)) {
    const message = 'reachable from other machines, without a password. Keep clients away from it.'
    warnings.push({ path: ['admin', 'address'], message })
  }
  if (insecure.allowHttpIssuer) {
    const message = 'tokens and secrets may travel in the clear. For development alone.'
    warnings.push({ path: ['insecure', 'allowHttpIssuer'], message })
  }
  return warnings
}

// Because proxies have a network of their own at most, and this is more than a site has.
const shortestV4 = 16
const shortestV6 = 48

// Threat: whoever is believed can pass for any address, scheme and host.
function findBlindTrust(trustedProxies: readonly string[]): Finding[] {
  return trustedProxies.flatMap((block, index) => {
    const length = Number(block.split('/')[1] ?? Infinity)
    if (length >= (block.includes(':') ? shortestV6 : shortestV4)) return []
    const whose = length === 0 ? 'every address: any client' : 'a wide network: whoever is in it'
    const message = `${whose} is believed to be whoever it says. List the proxies alone.`
    return [{ path: ['listen', 'trustedProxies', index], message }]
  })
}
