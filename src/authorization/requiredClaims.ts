import type { Config } from '../config/config.ts'

/** The claims that any route's policy reads, as the configuration names them. */
export function listRequiredClaims({
  providers,
  routes,
}: Pick<Config, 'providers' | 'routes'>): string[] {
  const rules = routes.flatMap(({ require }) => (require === undefined ? [] : [require]))
  const membership = (kind: 'groups' | 'roles') =>
    rules.some((rule) => rule[kind] !== undefined)
      ? providers.map(({ claims }) => claims[kind])
      : []
  return [
    ...membership('groups'),
    ...membership('roles'),
    ...rules.flatMap(({ claims }) => Object.keys(claims ?? {})),
  ]
}
