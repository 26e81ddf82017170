// What a route says about other origins has to agree with itself.

import type { Finding, SettingPath } from '../problems/problem.ts'
import type { RouteConfig } from '../schema/route.ts'

export function findCorsProblems(route: RouteConfig, path: SettingPath): Finding[] {
  const { cors, preflight, match } = route
  if (cors === undefined) return []
  const problems: Finding[] = []
  const at = (setting: string, message: string): void => {
    problems.push({ path: [...path, 'cors', setting], message })
  }
  if (preflight === 'upstream') {
    const message = 'with cors, preflights are answered here. Remove one of the two.'
    problems.push({ path: [...path, 'preflight'], message })
  }
  if (cors.origins.includes('*')) {
    if (cors.origins.length > 1) at('origins', '* is every origin. Keep it alone, or remove it.')
    // Threat: any site could act, and read, as whoever visits it.
    if (cors.credentials) at('credentials', 'expected false with the origin *. Name the origins.')
  }
  const untaken = cors.methods?.find((method) => match.methods?.includes(method) === false)
  if (untaken !== undefined) at('methods', `the route takes no ${untaken}; see match.methods.`)
  return problems
}
