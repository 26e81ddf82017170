import { findResourceOf } from '../routes/protectedResources.ts'
import type { Finding } from '../problems/problem.ts'
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

/** A resource whose name, asked for as a token's audience, is refused on every route under it. */
export function findResourceWarnings(config: UnresolvedConfig): Finding[] {
  return config.protectedResources.flatMap((resource, index) => {
    const audiences = listAudiences(resource, config)
    if (audiences.includes(resource)) return []
    const message = `callers will ask for tokens for this URL, and no route under it takes them: accepted are ${audiences.join(', ')}. Add it to the audiences of the provider, or publish another URL.`
    return [{ path: ['protectedResources', index], message }]
  })
}

function listAudiences(
  resource: string,
  { protectedResources, providers, routes }: UnresolvedConfig,
): string[] {
  const own = routes.filter(
    (route) =>
      route.authenticate.includes('bearer') &&
      route.access !== 'public' &&
      findResourceOf(route, protectedResources) === resource,
  )
  const accepted = providers
    .filter(({ id }) => own.some((route) => route.providers?.includes(id) ?? true))
    .flatMap(({ bearer }) => bearer?.audiences ?? [])
  return [...new Set(accepted)]
}
