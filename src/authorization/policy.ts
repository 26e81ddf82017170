// A route's policy as one function of the principal: whose sign-in counts, groups, roles, claims, scopes.
// Anything missing, unknown or of another type denies. Hot: compiled at start; measured by `npm run bench`.

import type { Provider } from '../config/config.ts'
import type { Route } from '../config/route.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { Principal } from '../request.ts'
import { findClaim } from '../sessions/claims.ts'
import { compileValueRule, valuesOf, type ValueRule } from './valueRule.ts'

/** @throws GatewayError `access_denied`, `insufficient_scope` */
export type CheckPrincipal = (principal: Principal) => void

/** By provider id: the claims that hold groups and roles. */
export type ClaimNames = ReadonlyMap<string, Provider['claims']>

/** Scopes are checked last, so that `insufficient_scope` is only said where a scope is all that lacks. */
export function compilePolicy(route: Route, claimNames: ClaimNames): CheckPrincipal {
  const { groups, roles, claims, scopes } = route.require ?? {}
  const checks: CheckPrincipal[] = []
  if (route.providers !== undefined) checks.push(compileProviders(route.providers))
  if (groups !== undefined) checks.push(compileMembership('groups', groups, claimNames))
  if (roles !== undefined) checks.push(compileMembership('roles', roles, claimNames))
  for (const [name, rule] of Object.entries(claims ?? {})) checks.push(compileClaim(name, rule))
  if (scopes !== undefined) checks.push(compileScopes(scopes))
  return (principal) => {
    for (const check of checks) check(principal)
  }
}

// Threat: a session from one issuer, where the route trusts only another.
function compileProviders(providers: readonly string[]): CheckPrincipal {
  return ({ providerId }) => {
    if (!providers.includes(providerId)) {
      throw denial('route.providers', `a sign-in with ${providerId} does not count here`)
    }
  }
}

function compileMembership(
  kind: 'groups' | 'roles',
  rule: ValueRule<string>,
  claimNames: ClaimNames,
): CheckPrincipal {
  const failedPart = compileValueRule(rule)
  return ({ providerId, claims }) => {
    const name = claimNames.get(providerId)?.[kind]
    if (name === undefined) throw denial(`require.${kind}`, `unknown provider ${providerId}`)
    const failed = failedPart(findClaim(claims, name))
    if (failed !== undefined) throw denial(`require.${kind}`, `claim ${name} fails ${failed}`)
  }
}

function compileClaim(name: string, rule: ValueRule): CheckPrincipal {
  const failedPart = compileValueRule(rule)
  return ({ claims }) => {
    const failed = failedPart(findClaim(claims, name))
    if (failed !== undefined) throw denial('require.claims', `claim ${name} fails ${failed}`)
  }
}

function compileScopes(rule: ValueRule<string>): CheckPrincipal {
  const failedPart = compileValueRule(rule)
  const scopes = valuesOf(rule)
  return (principal) => {
    const failed = failedPart(principal.scopes)
    if (failed === undefined) return
    throw new GatewayError('insufficient_scope', `require.scopes: fails ${failed}`, { scopes })
  }
}

function denial(rule: string, reason: string): GatewayError {
  return new GatewayError('access_denied', `${rule}: ${reason}`)
}
