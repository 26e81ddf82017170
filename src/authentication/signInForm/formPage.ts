// The page with the application's sign-in form, where people are to sign in at the issuer instead, or at our own form.

import type { Config } from '../../config/config.ts'
import type { SignInFormConfig } from '../../config/schema/signInForm.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import { isNavigation } from '../../http/navigation.ts'
import { toLoginUrl, toSignInUrl } from '../../http/redirects.ts'
import { respondRedirect } from '../../http/respond.ts'
import type { RoutedRequest } from '../../request.ts'
import type { FoundSession } from '../../sessions/sessions.ts'
import { findPageDestination } from './destination.ts'

/**
 * Sends a person to sign in, or where they were going if they are signed in.
 *
 * @throws GatewayError `login_required` for a script
 */
export function leaveFormPage(
  { received, route, target }: RoutedRequest,
  settings: SignInFormConfig,
  { config, found }: { readonly config: Config; readonly found: FoundSession | undefined },
): void {
  const place = findPageDestination(target.query, settings, config)
  if (found !== undefined) return respondRedirect(received, place, found.setCookies)
  const toUrl = route.authenticate.includes('password') ? toSignInUrl : toLoginUrl
  // Because a choice that cannot lead here is none.
  const [only, ...others] = route.providers ?? []
  const providerId = settings.provider ?? (others.length === 0 ? only : undefined)
  const loginUrl = toUrl(config.prefix, place, providerId)
  if (isNavigation(received.method, received.incoming.headers)) {
    return respondRedirect(received, loginUrl)
  }
  throw new GatewayError('login_required', 'the page of a sign-in form', { loginUrl })
}
