import { findResourceOf } from '../protectedResources.ts'
import type { Finding } from '../problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import { findRepeats } from './repeats.ts'

/** Metadata that would say nothing, or the same twice. */
export function findResourceProblems({ protectedResources, routes }: UnresolvedConfig): Finding[] {
  const repeated = findRepeats(protectedResources).map(({ index, first }) => ({
    path: ['protectedResources', index],
    message: `the same as protectedResources[${first}]. Remove one of them.`,
  }))
  const described = new Set(
    routes
      .filter(({ access, authenticate }) => access !== 'public' && authenticate.includes('bearer'))
      .map((route) => findResourceOf(route, protectedResources)),
  )
  const empty = protectedResources.flatMap((resource, index) => {
    if (described.has(resource)) return []
    const message = 'no route with bearer in authenticate lies under this URL.'
    return [{ path: ['protectedResources', index], message }]
  })
  return [...repeated, ...empty]
}
