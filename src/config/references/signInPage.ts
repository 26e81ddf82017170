// Where a route sends people to sign in: a page of this site that they can see without having signed in.

import type { Finding, SettingPath } from '../problems/problem.ts'
import { isForPeople } from '../routes/route.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findPlaceProblem } from './place.ts'

export function findSignInPageProblems(
  { signInPage, access, authenticate }: RouteConfig,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  if (signInPage === undefined) return []
  const at = [...path, 'signInPage']
  const misplaced = findPlaceProblem(signInPage, at, config)
  if (misplaced.length > 0) return misplaced
  if (access !== 'signed-in' || !isForPeople({ authenticate })) {
    return [{ path: at, message: 'nobody is sent to sign in from this route. Remove it.' }]
  }
  const [page = ''] = signInPage.split('?', 1)
  if (config.routes.some((route) => isOpenAt(route, page))) return []
  const message = `whoever is sent there would be sent there again. Give ${page} a route of its own with access: optional.`
  return [{ path: at, message }]
}

function isOpenAt({ match, access, signInForm }: RouteConfig, page: string): boolean {
  const covers = match.path === page || match.path === `${page}/**`
  const isShown = match.methods === undefined || match.methods.includes('GET')
  return covers && isShown && (access !== 'signed-in' || signInForm?.page === 'sign-in')
}
