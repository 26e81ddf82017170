// What a signed identity assertion needs: a key, claims that do not pretend to be its own, and an audience for
// each application.

import { joinWithOr } from '../problems/describe.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { IdentityConfig } from '../schema/identity.ts'
import { findRepeats } from './repeats.ts'

/** In every assertion. */
const alwaysThere = new Set(['iss', 'aud', 'sub', 'idp', 'kind', 'client_id', 'iat', 'exp'])

// Threat: a verifier reads these as the assertion's own (RFC 7519 §4.1, RFC 7800 §3.1).
const foreign = ['nbf', 'jti', 'cnf', 'typ']

/** @param identity - What stands at `path`, or nothing. */
export function findAssertionProblems(
  config: UnresolvedConfig,
  identity: IdentityConfig | undefined,
  path: SettingPath,
): Finding[] {
  if (identity?.assertion === undefined) return []
  const at = [...path, 'assertion']
  const unfit = identity.assertion.claims.flatMap((name, index): Finding[] => {
    const problem = { path: [...at, 'claims', index] }
    if (alwaysThere.has(name)) {
      return [{ ...problem, message: `${name} is always there; leave it out.` }]
    }
    if (!foreign.includes(name)) return []
    const names = joinWithOr(foreign)
    return [{ ...problem, message: `expected a claim about the caller, not ${names}.` }]
  })
  if (config.assertion !== undefined) return unfit
  const message = 'no key signs it: set the top-level assertion.keys (postern keygen --assertion).'
  return [{ path: at, message, pointsAt: 'key' }, ...unfit]
}

export function findAssertionWarnings(config: UnresolvedConfig): Finding[] {
  if (config.assertion === undefined) return []
  const told = config.routes
    .filter(({ access, identity = config.identity }) => access !== 'public' && identity.assertion)
    .map(({ upstream }) => upstream)
  if (told.length > 0) return findSharedAudiences(config, [...new Set(told)])
  const message = 'nothing is signed: no route has an identity with an assertion.'
  return [{ path: ['assertion'], message, pointsAt: 'key' }]
}

// Threat: an application could show what it was sent to the other one, and be its users.
function findSharedAudiences({ upstreams }: UnresolvedConfig, names: readonly string[]): Finding[] {
  const audiences = names.map((name) => upstreams[name]?.assertionAudience ?? name)
  return findRepeats(audiences).map(({ index, first }) => ({
    path: ['upstreams', names[index]!],
    message: `${names[first]} has the same assertionAudience: each takes the assertions of the other.`,
    pointsAt: 'key',
  }))
}
