import type { Config } from '../config/config.ts'
import type { RuleConfig } from '../config/schema/require.ts'

/** The claims that any route's policy reads, as the configuration names them. */
export function listRequiredClaims({
  providers,
  routes,
}: Pick<Config, 'providers' | 'routes'>): string[] {
  const rules = routes.flatMap(({ require }) => (require === undefined ? [] : listRules(require)))
  const membership = (kind: 'groups' | 'roles') =>
    rules.some((rule) => rule[kind] !== undefined)
      ? providers.map(({ claims }) => claims[kind])
      : []
  return [
    ...membership('groups'),
    ...membership('roles'),
    ...rules.flatMap(({ claims, missingClaims }) => [
      ...Object.keys(claims ?? {}),
      ...(missingClaims ?? []),
    ]),
  ]
}

/** The rule itself and all inside it. */
function listRules(rule: RuleConfig): RuleConfig[] {
  const inner = [...(rule.allOf ?? []), ...(rule.anyOf ?? [])]
  if (rule.not !== undefined) inner.push(rule.not)
  return [rule, ...inner.flatMap(listRules)]
}
