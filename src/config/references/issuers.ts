// Callers of several issuers at one application, which is told of them by names that no issuer keeps free for another.

import { parseTemplate } from '../claimTemplate.ts'
import type { Finding } from '../problems/problem.ts'
import { attempt } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { IdentityConfig } from '../schema/identity.ts'
import type { RouteConfig } from '../schema/route.ts'
import { listRouteProviders } from './routeProviders.ts'

/** Threat: `sub` is unique at its issuer alone (OpenID Connect Core 1.0 §5.7): one of theirs would be one of ours. */
export function findIssuerWarnings(config: UnresolvedConfig): Finding[] {
  return config.routes.flatMap((_, index) => {
    const path = ['routes', index]
    return attempt(() => findMixedIssuers(config.routes[index]!, path, config)) ?? []
  })
}

function findMixedIssuers(
  route: RouteConfig,
  path: Finding['path'],
  { providers, identity, upstreams }: UnresolvedConfig,
): Finding[] {
  if (route.access === 'public') return []
  const known = listRouteProviders(route, providers)
  if (new Set(known.map(({ issuer }) => issuer)).size < 2) return []
  const isNamedByBasic = upstreams[route.upstream]?.credentials.type === 'basic'
  if (!isNamedByBasic && !leavesIssuerOut(route.identity ?? identity)) return []
  const ids = known.map(({ id }) => id).join(', ')
  const advice = isNamedByBasic
    ? 'Name one of them in providers.'
    : 'Name one of them in providers, or send iss in a header of identity.'
  const message = `callers of several issuers (${ids}) come in, and the application cannot tell one's from another's. ${advice}`
  return [{ path, message }]
}

/** Whether somebody is told of, and not whose they are. An assertion has `idp`. */
function leavesIssuerOut({ preset, headers, assertion }: IdentityConfig): boolean {
  const rules = Object.values(headers)
  if (preset === 'none' && rules.length === 0) return false
  return assertion === undefined && !rules.some(saysIssuer)
}

function saysIssuer(rule: IdentityConfig['headers'][string]): boolean {
  if (typeof rule === 'string') return rule === 'iss'
  const parsed = parseTemplate(rule.template ?? '')
  const parts = 'parts' in parsed ? parsed.parts : []
  return rule.claim === 'iss' || parts.some((part) => 'claim' in part && part.claim === 'iss')
}
