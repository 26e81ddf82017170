// Principals and policies for the tests of rules.

import { compileRule } from '../../../src/authorization/compileRule.ts'
import type { ProviderReading } from '../../../src/authorization/compileRule.ts'
import { compilePolicy, createCheck } from '../../../src/authorization/policy.ts'
import type { Truth } from '../../../src/authorization/rule.ts'
import { requireSchema } from '../../../src/config/schema/require.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import type { Principal } from '../../../src/request.ts'

export type RuleInput = Readonly<Record<string, unknown>>

export const reading: ProviderReading = new Map([
  ['plain', { claims: { groups: 'groups', roles: 'roles' }, scopeWildcards: false }],
  ['genauth', { claims: { groups: 'groups', roles: 'roles' }, scopeWildcards: true }],
])

export function aPrincipal(changes: Partial<Principal> = {}): Principal {
  return {
    kind: 'person',
    providerId: 'plain',
    issuer: 'https://issuer.example',
    subject: 'alice',
    claims: {},
    scopes: [],
    ...changes,
  }
}

/** What `require: rule` comes to for a principal. */
export function judge(rule: RuleInput, changes: Partial<Principal> = {}): Truth {
  return compileRule(requireSchema.parse(rule), reading).judge(aPrincipal(changes), false)
}

/** The refusal of `require: rule`; undefined where the principal may pass. */
export function refusalOf(
  rule: RuleInput,
  changes: Partial<Principal> = {},
): GatewayError | undefined {
  const route = { providers: undefined, require: requireSchema.parse(rule) }
  try {
    createCheck(compilePolicy(route, reading), { authenticate: ['session'] })(aPrincipal(changes))
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}
