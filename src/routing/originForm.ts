// Targets that are not in origin-form: absolute-form for the authority that is judged anyway is reduced,
// everything else refused.

import { GatewayError } from '../errors/gatewayError.ts'

/**
 * RFC 9112 §3.2.2: a server accepts absolute-form. Threat: for another authority than the one that is judged,
 * two servers on the way could serve two hosts.
 *
 * @throws GatewayError `target_ambiguous`
 */
export function toOriginForm(rawTarget: string, authority: string): string {
  const lowerCased = rawTarget.slice(0, 8).toLowerCase()
  const start = lowerCased.startsWith('http://') ? 7 : lowerCased === 'https://' ? 8 : undefined
  if (start === undefined) {
    throw new GatewayError(
      'target_ambiguous',
      'the target is neither origin-form nor absolute-form',
    )
  }
  let end = start
  while (end < rawTarget.length && !endsAuthority(rawTarget.charCodeAt(end))) end += 1
  if (end === start || rawTarget.slice(start, end).toLowerCase() !== authority) {
    throw new GatewayError('target_ambiguous', 'absolute-form for another authority')
  }
  const rest = rawTarget.slice(end)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function endsAuthority(code: number): boolean {
  return code === 0x2f || code === 0x3f || code === 0x23 || code === 0x5c
}
