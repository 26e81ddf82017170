// The query parameter `access_token` (RFC 6750 §2.3), in every spelling that decodes to it: found, and taken out of
// what is forwarded. The rest of the query stays byte for byte.

import type { AuthenticatedRequest, RoutedRequest } from '../../request.ts'

const name = 'access_token'

/** Its values, undefined for one that cannot be decoded. */
export function findTokenParameters(target: string): (string | undefined)[] {
  const start = target.indexOf('?')
  if (start === -1) return []
  return target
    .slice(start + 1)
    .split('&')
    .filter(isToken)
    .map((pair) => decode(valueOf(pair)))
}

function valueOf(pair: string): string {
  const equals = pair.indexOf('=')
  return equals === -1 ? '' : pair.slice(equals + 1)
}

function isToken(pair: string): boolean {
  return decode(pair.split('=', 1)[0]!) === name
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Threat: an application that is told the token writes it into its log, and into links. */
export function withoutTokenParameter(authenticated: AuthenticatedRequest): AuthenticatedRequest {
  const { routed } = authenticated
  if (routed.route.bearerMethods?.query !== true) return authenticated
  return { ...authenticated, routed: strip(routed) }
}

function strip(routed: RoutedRequest): RoutedRequest {
  const { target } = routed
  const pairs = target.query.slice(1).split('&')
  const kept = pairs.filter((pair) => !isToken(pair))
  if (kept.length === pairs.length) return routed
  const query = kept.length === 0 ? '' : `?${kept.join('&')}`
  return { ...routed, target: { ...target, query } }
}
