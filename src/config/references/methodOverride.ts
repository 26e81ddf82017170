// A method that is named in a header is not the one that routes and their rules are chosen by.

import type { Finding } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'

// Threat: a POST that is judged as one, and that the application carries out as DELETE.
export function findMethodOverrideWarnings({ routes }: UnresolvedConfig): Finding[] {
  return routes.flatMap(({ allowMethodOverride, upstream }, index) => {
    const differs = routes.some(
      ({ match, upstream: other }) => match.methods !== undefined && other === upstream,
    )
    if (!allowMethodOverride || !differs) return []
    const message = `whoever may POST here may do to ${upstream} whatever X-HTTP-Method-Override says, DELETE included, past all match.methods. Remove it, or tell no methods of ${upstream} apart.`
    return [{ path: ['routes', index, 'allowMethodOverride'], message }]
  })
}
