// Places for access tokens that cannot be, and those that are better not used.

import { isOwnCookie } from '../../http/cookies.ts'
import { foldFieldName, isMessageField } from '../../http/fields.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'

export function findBearerMethodProblems(route: RouteConfig, path: SettingPath): Finding[] {
  const { bearerMethods, authenticate } = route
  if (bearerMethods === undefined) return []
  const at = [...path, 'bearerMethods']
  const { header, cookie } = bearerMethods
  const problems: Finding[] = []
  if (!authenticate.includes('bearer')) {
    problems.push({ path: at, message: 'needs bearer in authenticate.', pointsAt: 'key' })
  }
  if (header !== undefined && isTaken(foldFieldName(header))) {
    const message = 'this field has a meaning of its own; name another.'
    problems.push({ path: [...at, 'header'], message })
  }
  if (cookie !== undefined && isOwnCookie(cookie)) {
    const message = "this is the name of a cookie of the gateway's own; name another."
    problems.push({ path: [...at, 'cookie'], message })
  }
  return problems
}

function isTaken(folded: string): boolean {
  return isMessageField(folded) || folded === 'authorization' || folded === 'dpop'
}

export function findBearerMethodWarnings({ routes }: UnresolvedConfig): Finding[] {
  return routes.flatMap(({ bearerMethods }, index) => {
    const at = ['routes', index, 'bearerMethods']
    const warnings: Finding[] = []
    if (bearerMethods?.query === true) {
      const message =
        'a token in an address ends up in logs, histories and links: RFC 9700 §4.3.2 says never to send one so; see RFC 6750 §5.3.'
      warnings.push({ path: [...at, 'query'], message })
    }
    if (bearerMethods?.cookie !== undefined) {
      const message =
        'a cookie comes along with requests that other sites start. Set it with SameSite=Lax or Strict, and let no GET change anything.'
      warnings.push({ path: [...at, 'cookie'], message })
    }
    return warnings
  })
}
