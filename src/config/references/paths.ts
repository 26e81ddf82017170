// Paths that are valid, and in this configuration mean less than what their spelling means elsewhere.

import type { Finding } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'

export function findPathWarnings({ routes }: UnresolvedConfig): Finding[] {
  const paths = new Set(routes.map(({ match }) => match.path))
  return routes.flatMap(({ match }, index) => {
    const message = findPlaceholder(match.path) ?? findNarrowness(match.path, paths)
    return message === undefined ? [] : [{ path: ['routes', index, 'match', 'path'], message }]
  })
}

function findPlaceholder(path: string): string | undefined {
  const segment = path.split('/').find((one) => one.startsWith(':') || /\{.*\}/.test(one))
  return segment && `${segment} is taken literally; * stands for any one segment.`
}

/** @param paths of all routes: who has one for all below knows the difference. */
function findNarrowness(path: string, paths: ReadonlySet<string>): string | undefined {
  if (path === '/' || !path.endsWith('/') || paths.has(`${path}**`)) return undefined
  return `covers this one path alone; ${path}** covers ${path.slice(0, -1)} and all below.`
}
