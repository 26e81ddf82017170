// The conditions that a rule is made of: one closure a setting. Anything missing, unknown or of another type
// satisfies none of them. Hot: compiled at start; measured by `npm run bench`.

import type { Principal } from '../request.ts'
import { findClaim, isWithheld } from '../sessions/claims.ts'
import type { ClaimValue } from '../sessions/session.ts'
import { compareClaim } from './claimValues.ts'
import type { Rule } from './rule.ts'
import { compareScope, compareScopeBySegments } from './scopeValues.ts'
import { compileValueRule, valuesOf, type ValueRule } from './valueRule.ts'

type Condition = Pick<Rule, 'path' | 'wanted' | 'describeFailure' | 'judge'>

function toRule(condition: Condition): Rule {
  return { kind: 'condition', parts: [], ...condition }
}

// Threat: a sign-in, or a token, from one issuer where the route trusts only another.
export function createProvidersCondition(providers: readonly string[]): Rule {
  return {
    ...toRule({
      path: 'providers',
      wanted: `any of ${providers.join(', ')}`,
      judge: ({ providerId }) => (providers.includes(providerId) ? 'holds' : 'fails'),
      describeFailure: ({ providerId }) => `a sign-in with ${providerId} does not count here`,
    }),
    providers,
  }
}

export function createPrincipalCondition(path: string, kind: Principal['kind']): Rule {
  return toRule({
    path,
    wanted: kind,
    judge: (principal) => (principal.kind === kind ? 'holds' : 'fails'),
    describeFailure: (principal) => `a ${principal.kind} calls`,
  })
}

export function createMembershipCondition(
  path: string,
  rule: ValueRule,
  nameFor: (principal: Principal) => string | undefined,
): Rule {
  const { judge, findFailedPart, wanted } = compileValueRule(rule, compareClaim)
  function find(principal: Principal): ClaimValue | undefined {
    const name = nameFor(principal)
    return name === undefined ? undefined : findClaim(principal.claims, name)
  }
  return toRule({
    path,
    wanted,
    judge: (principal) => judge(find(principal)),
    describeFailure(principal) {
      const held = find(principal)
      const name = nameFor(principal)
      if (name === undefined) return 'unknown provider'
      if (held === undefined) return `claim ${name} is missing`
      if (judge(held) === 'fails') return `claim ${name} fails ${findFailedPart(held)}`
      return `claim ${name} cannot be compared, for ${findFailedPart(held)}`
    },
  })
}

export function createClaimCondition(path: string, name: string, rule: ValueRule): Rule {
  return createMembershipCondition(path, rule, () => name)
}

/** Whom an access token is for. Neither known nor excluded where there is none. */
export function createAudienceCondition(path: string, rule: ValueRule<string>): Rule {
  const { judge, findFailedPart, wanted } = compileValueRule(rule, compareClaim)
  return toRule({
    path,
    wanted,
    judge: ({ audiences }) => judge(audiences),
    describeFailure: ({ audiences }) =>
      audiences === undefined ? 'no access token' : `fails ${findFailedPart(audiences)}`,
  })
}

// Threat: a session's claims may come from userinfo, which is not signed; they do not say which client calls.
export function createClientCondition(path: string, clientIds: readonly string[]): Rule {
  return toRule({
    path,
    wanted: `any of ${clientIds.join(', ')}`,
    judge({ claims, session }) {
      const { client_id: clientId } = claims
      if (session !== undefined || typeof clientId !== 'string') return 'unknown'
      return clientIds.includes(clientId) ? 'holds' : 'fails'
    },
    describeFailure: ({ session }) =>
      session === undefined ? 'another client, or none is named' : 'no access token',
  })
}

export function createMissingCondition(path: string, names: readonly string[]): Rule {
  const findPresent = ({ claims }: Principal) =>
    names.find((name) => findClaim(claims, name) !== undefined)
  const findDoubtful = ({ claims }: Principal) => names.find((name) => isWithheld(claims, name))
  return toRule({
    path,
    wanted: names.join(', '),
    judge(principal) {
      if (findPresent(principal) !== undefined) return 'fails'
      return findDoubtful(principal) === undefined ? 'holds' : 'unknown'
    },
    describeFailure(principal) {
      const present = findPresent(principal) ?? findDoubtful(principal)
      return `claim ${present} is there`
    },
  })
}

export interface ScopesSettings {
  readonly rule: ValueRule<string>
  /** Under a `not`, no further scope helps. */
  readonly isNegated: boolean
  readonly hasWildcards: (principal: Principal) => boolean
}

export function createScopesCondition(
  path: string,
  { rule, isNegated, hasWildcards }: ScopesSettings,
): Rule {
  const exact = compileValueRule(rule, compareScope)
  const bySegments = compileValueRule(rule, compareScopeBySegments)
  const choose = (principal: Principal) => (hasWildcards(principal) ? bySegments : exact)
  return {
    ...toRule({
      path,
      wanted: exact.wanted,
      judge: (principal, withScopes) =>
        withScopes && !isNegated ? 'holds' : choose(principal).judge(principal.scopes),
      describeFailure: (principal) => `fails ${choose(principal).findFailedPart(principal.scopes)}`,
    }),
    scopes: valuesOf(rule),
  }
}
