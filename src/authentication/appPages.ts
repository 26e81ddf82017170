// Routes where an application has its own sign-in form or logout link: what is asked of these is answered before any
// way in is tried. Where no route has one, nothing is added to the way of a request.

import type { Config } from '../config/config.ts'
import type { WatchedFiles } from '../files/watchedFiles.ts'
import type { SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import type { AuthenticatedRequest, RoutedRequest } from '../request.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createLogoutLink } from './logoutLink.ts'
import { leaveFormPage } from './signInForm/formPage.ts'
import { createSignInForm } from './signInForm/signInForm.ts'

/** Undefined where the request has been answered. */
export type Authenticate = (
  routed: RoutedRequest,
) => AuthenticatedRequest | undefined | Promise<AuthenticatedRequest | undefined>

export interface AppPagesDependencies {
  readonly config: Config
  readonly sessions: Pick<Sessions, 'find' | 'open' | 'end'>
  /** Undefined where no provider takes passwords: then no route has a form. */
  readonly signInWithPassword: SignInWithPassword | undefined
  readonly files: WatchedFiles
  readonly log: Log
  readonly metrics: Pick<Metrics, 'logins'>
}

export function withAppPages(
  authenticate: Authenticate,
  dependencies: AppPagesDependencies,
): Authenticate {
  const { config, sessions } = dependencies
  const hasPages = config.routes.some(
    ({ signInForm, logout }) => signInForm !== undefined || logout,
  )
  if (!hasPages) return authenticate
  const signInByForm = createSignInForm(dependencies)
  const followLogoutLink = createLogoutLink(dependencies)
  return (routed) => {
    const { received, route } = routed
    const { signInForm, logout } = route
    if (logout) return followLogoutLink(routed)
    if (signInForm === undefined) return authenticate(routed)
    if (received.method === 'POST') return signInByForm(routed, signInForm)
    const isPage = received.method === 'GET' || received.method === 'HEAD'
    if (signInForm.page === 'application' || !isPage) return authenticate(routed)
    return Promise.resolve(sessions.find(received.cookies)).then((found) => {
      leaveFormPage(routed, signInForm, { config, found })
      return undefined
    })
  }
}
