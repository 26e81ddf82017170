// What an application's own sign-in form and logout link need: one provider that takes passwords, places that browsers may
// be sent to, and a route that the answer can reach.

import { isFieldName, isLikeField } from '../../http/formFields.ts'
import { listFormProviders } from '../routes/formProvider.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { findWhereReadable } from '../readable.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findPlaceProblem } from './place.ts'

export function findFormProblems(
  route: RouteConfig,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  const at = [...path, 'signInForm']
  return findWhereReadable(
    () => findLogoutProblems(route, path),
    () => findProviderProblems(route, at, config),
    () => findMethodProblems(route, path),
    () => findAccessProblems(route, path),
    () => findFieldProblems(route, at),
    () => findReplayProblems(route, path),
    () => findPlaceProblems(route, at, config),
  )
}

function findLogoutProblems(route: RouteConfig, path: SettingPath): Finding[] {
  if (!route.logout) return []
  const at = [...path, 'logout']
  if (route.signInForm !== undefined) {
    return [{ path: at, message: 'a form is signed in with, not out. Remove one of the two.' }]
  }
  if (route.access !== 'signed-in') return []
  const message =
    'whoever has signed out here comes back as nobody, for the application to end its own session. Set access: optional.'
  return [{ path: at, message }]
}

function findProviderProblems(
  route: RouteConfig,
  path: SettingPath,
  { providers }: UnresolvedConfig,
): Finding[] {
  if (route.signInForm === undefined) return []
  const ids = listFormProviders(route.signInForm, route, providers)
  if (ids.length === 1) return []
  const at = route.signInForm.provider === undefined ? path : [...path, 'provider']
  if (ids.length === 0) {
    const message = 'needs a provider with `password` settings, which people sign in at.'
    return [{ path: at, message, pointsAt: 'key' }]
  }
  const message = `a form does not say whose people fill it in; set provider to one of ${ids.join(', ')}.`
  return [{ path: at, message, pointsAt: 'key' }]
}

function findMethodProblems({ signInForm, match }: RouteConfig, path: SettingPath): Finding[] {
  if (signInForm === undefined || match.methods === undefined) return []
  if (match.methods.includes('POST')) return []
  const message = 'a form is posted; add POST.'
  return [{ path: [...path, 'match', 'methods'], message }]
}

function findAccessProblems(
  { signInForm, match, access }: RouteConfig,
  path: SettingPath,
): Finding[] {
  if (signInForm?.page !== 'application' || access !== 'signed-in') return []
  if (match.methods !== undefined && !match.methods.includes('GET')) return []
  const message =
    'nobody sees the form who is not signed in already. Set access: optional, or page: sign-in in signInForm.'
  return [{ path: [...path, 'access'], message }]
}

function findFieldProblems({ signInForm }: RouteConfig, path: SettingPath): Finding[] {
  if (signInForm === undefined) return []
  const { user, password } = signInForm
  const problems = (['user', 'password'] as const).flatMap((name) => {
    const message = 'expected a name that every application reads as it stands.'
    return isFieldName(signInForm[name]) ? [] : [{ path: [...path, name], message }]
  })
  if (isLikeField(user, password)) {
    const message =
      'expected another field than that of user; to some applications, this is the same.'
    problems.push({ path: [...path, 'password'], message })
  }
  return problems
}

function findReplayProblems({ signInForm, access }: RouteConfig, path: SettingPath): Finding[] {
  const success = signInForm?.success
  if (success?.replay === undefined) return []
  const at = [...path, 'signInForm', 'success']
  const problems: Finding[] = []
  for (const name of ['redirect', 'redirectField'] as const) {
    // Because with `page: sign-in` people come from elsewhere, and go somewhere.
    if (success[name] === undefined || signInForm?.page === 'sign-in') continue
    const message = 'the application answers a form that is replayed. Remove one of the two.'
    problems.push({ path: [...at, name], message })
  }
  if (access !== 'public') return problems
  const message = 'a public route tells the application of nobody. Set access: optional.'
  return [...problems, { path: [...at, 'replay'], message, pointsAt: 'key' }]
}

/** Where one password opens the account of whoever is named. */
export function findFormWarnings({ routes }: UnresolvedConfig): Finding[] {
  return routes.flatMap(({ signInForm }, index) => {
    const replay = signInForm?.success.replay
    if (replay?.password === undefined || replay.user !== undefined) return []
    const path = ['routes', index, 'signInForm', 'success', 'replay']
    const message =
      "opens the account of the application whose name is typed, which may be that of somebody else than the issuer knows by it. Name the claim that has the application's own name in user."
    return [{ path, message, pointsAt: 'key' }]
  })
}

function findPlaceProblems(
  { signInForm }: RouteConfig,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  const places = [
    [['success', 'redirect'], signInForm?.success.redirect],
    [['failure', 'redirect'], signInForm?.failure.redirect],
  ] as const
  return places.flatMap(([steps, place]) => findPlaceProblem(place, [...path, ...steps], config))
}
