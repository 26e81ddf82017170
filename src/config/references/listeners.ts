import type { Finding } from '../problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import { isLoopbackHost, isLoopbackUrl } from './loopback.ts'

const everyAddress = new Set(['0.0.0.0', '::'])

export function findListenerProblems({ listen, admin }: UnresolvedConfig): Finding[] {
  const [one, other] = [listen.address, admin.address]
  if (one.port !== other.port || one.port === 0) return []
  const overlaps =
    one.host === other.host || [one, other].some(({ host }) => everyAddress.has(host))
  if (!overlaps) return []
  const message = `expected another port than listen.address, found ${other.port} in both.`
  return [{ path: ['admin', 'address'], message }]
}

export function findListenerWarnings({ publicUrl, admin, insecure }: UnresolvedConfig): Finding[] {
  const warnings: Finding[] = []
  if (publicUrl.startsWith('http:') && !isLoopbackUrl(publicUrl)) {
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
