// A route's policy as one function of the principal: whose sign-in counts, and the rule in `require`. What is
// not known to hold is refused. Hot: compiled at start; measured by `npm run bench`.

import type { Route } from '../config/routes/route.ts'
import { GatewayError, type RefusalOptions } from '../errors/gatewayError.ts'
import type { Principal } from '../request.ts'
import { compileRule, type ProviderReading } from './compileRule.ts'
import { createProvidersCondition } from './conditions.ts'
import { createAllOf, type Rule } from './rule.ts'

/** @throws GatewayError `access_denied`, `insufficient_scope` */
export type CheckPrincipal = (principal: Principal) => void

/** How people sign in for a route. */
type SignInFacts = NonNullable<RefusalOptions['signIn']>

/** The same rule for the gateway, which asks for the whole, and for `postern explain`, which asks for each part. */
export function compilePolicy(
  { providers, require }: Pick<Route, 'providers' | 'require'>,
  reading: ProviderReading,
): Rule {
  return createAllOf('', [
    ...(providers === undefined ? [] : [createProvidersCondition(providers)]),
    ...(require === undefined ? [] : [compileRule(require, reading)]),
  ])
}

export function createCheck(
  policy: Rule,
  { authenticate, signInPage, returnParameter }: SignInFacts,
): CheckPrincipal {
  const signIn = { authenticate, signInPage, returnParameter }
  return (principal) => {
    if (policy.judge(principal, false) !== 'holds') throw toRefusal(policy, principal, signIn)
  }
}

/** `insufficient_scope` is only said where scopes are all that lacks. */
function toRefusal(policy: Rule, principal: Principal, signIn: SignInFacts): GatewayError {
  const lacksScopesAlone = policy.judge(principal, true) === 'holds'
  const failed = findFailed(policy, principal, !lacksScopesAlone)
  const detail = `${failed.path}: ${failed.describeFailure(principal)}`
  if (!lacksScopesAlone) {
    const { providers } = failed
    return new GatewayError(
      'access_denied',
      detail,
      providers === undefined ? {} : { providers, signIn },
    )
  }
  const scopes = [...new Set(findLackingScopes(policy, principal))]
  return new GatewayError('insufficient_scope', detail, { scopes })
}

/** The innermost rule on which it fails. */
function findFailed(rule: Rule, principal: Principal, withScopes: boolean): Rule {
  if (rule.kind !== 'allOf') return rule
  const part = rule.parts.find((one) => one.judge(principal, withScopes) !== 'holds')
  return part === undefined ? rule : findFailed(part, principal, withScopes)
}

/** The scopes with which it would hold; of alternatives, those of the first that no more than scopes keep from it. */
function findLackingScopes(rule: Rule, principal: Principal): readonly string[] {
  if (rule.kind === 'not' || rule.judge(principal, false) === 'holds') return []
  if (rule.kind === 'condition') return rule.scopes ?? []
  const parts =
    rule.kind === 'allOf'
      ? rule.parts
      : rule.parts.filter((part) => part.judge(principal, true) === 'holds').slice(0, 1)
  return parts.flatMap((part) => findLackingScopes(part, principal))
}
