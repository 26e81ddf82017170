// From `require` to one Rule: the conditions and the rules inside it, all of which must hold.

import type { Provider } from '../config/config.ts'
import type { RuleConfig } from '../config/schema/require.ts'
import type { Principal } from '../request.ts'
import {
  createAudienceCondition,
  createClaimCondition,
  createClientCondition,
  createMembershipCondition,
  createMissingCondition,
  createPrincipalCondition,
  createScopesCondition,
} from './conditions.ts'
import { createAllOf, createAnyOf, createNot, type Rule } from './rule.ts'

/** By provider id: how its claims and scopes are to be read. */
export type ProviderReading = ReadonlyMap<string, Pick<Provider, 'claims' | 'scopeWildcards'>>

interface Place {
  /** The setting within the route. */
  readonly path: string
  /** Whether it stands in a `not`, or in an odd number of them. */
  readonly isNegated: boolean
}

/** @param place - Default: `require` itself. */
export function compileRule(
  config: RuleConfig,
  providers: ProviderReading,
  place: Place = { path: 'require', isNegated: false },
): Rule {
  const inner = (step: string, rule: RuleConfig, isNegated = place.isNegated): Rule =>
    compileRule(rule, providers, { path: `${place.path}.${step}`, isNegated })
  const { allOf = [], anyOf, not } = config
  const parts = [
    ...compileConditions(config, providers, place),
    ...allOf.map((rule, index) => inner(`allOf[${index}]`, rule)),
  ]
  if (anyOf !== undefined) {
    const alternatives = anyOf.map((rule, index) => inner(`anyOf[${index}]`, rule))
    parts.push(createAnyOf(`${place.path}.anyOf`, alternatives))
  }
  if (not !== undefined) {
    parts.push(createNot(`${place.path}.not`, inner('not', not, !place.isNegated)))
  }
  return createAllOf(place.path, parts)
}

function compileConditions(config: RuleConfig, providers: ProviderReading, place: Place): Rule[] {
  const { principal, groups, roles, scopes, audience, clientIds, missingClaims } = config
  const at = (setting: string): string => `${place.path}.${setting}`
  const rules: Rule[] = []
  if (principal !== undefined) rules.push(createPrincipalCondition(at('principal'), principal))
  for (const [kind, rule] of [['groups', groups] as const, ['roles', roles] as const]) {
    if (rule === undefined) continue
    const nameFor = ({ providerId }: Principal) => providers.get(providerId)?.claims[kind]
    rules.push(createMembershipCondition(at(kind), rule, nameFor))
  }
  if (audience !== undefined) rules.push(createAudienceCondition(at('audience'), audience))
  if (clientIds !== undefined) rules.push(createClientCondition(at('clientIds'), clientIds))
  for (const [name, rule] of Object.entries(config.claims ?? {})) {
    rules.push(createClaimCondition(at(`claims.${name}`), name, rule))
  }
  if (missingClaims !== undefined) {
    rules.push(createMissingCondition(at('missingClaims'), missingClaims))
  }
  if (scopes !== undefined) {
    const hasWildcards = ({ providerId }: Principal) =>
      providers.get(providerId)?.scopeWildcards === true
    const settings = { rule: scopes, isNegated: place.isNegated, hasWildcards }
    rules.push(createScopesCondition(at('scopes'), settings))
  }
  return rules
}
