import { checkRedirect } from '../../http/redirects.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'

/** Where a setting sends browsers: never anywhere that `checkRedirect` would not let them go. */
export function findPlaceProblem(
  place: string | undefined,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  if (place === undefined || checkRedirect(place, config) === place) return []
  const message = "expected a path of this site, none of the gateway's own, as browsers write it."
  return [{ path, message }]
}
