import type { Provider } from '../config/config.ts'

/** What is asked of a provider here: the name of its groups claim. */
export type GroupsProvider = Pick<Provider, 'id' | 'claims'>

/** By provider id. */
export type GroupsClaims = ReadonlyMap<string, string>

export function toGroupsClaims(providers: readonly GroupsProvider[]): GroupsClaims {
  return new Map(providers.map(({ id, claims }) => [id, claims.groups]))
}
