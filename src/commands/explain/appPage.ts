// Where a request is for an application's own sign-in form or logout link, and is answered before anybody asks who calls.

import type { Principal, RoutedRequest } from '../../request.ts'

export interface AppPageOutcome {
  readonly outcome: 'app_page'
  /** `form`: what is posted is read here. `form_page`: people are sent to sign in elsewhere. */
  readonly page: 'form' | 'form_page' | 'logout'
}

/** @param principal - Undefined for a caller without credentials. */
export function findAppPage(
  { received: { method }, route }: RoutedRequest,
  principal: Principal | undefined,
): AppPageOutcome | undefined {
  const { signInForm, logout } = route
  const isSafe = method === 'GET' || method === 'HEAD'
  if (logout) {
    const hasSession = principal?.kind === 'person' && method !== 'HEAD' && method !== 'OPTIONS'
    return hasSession ? { outcome: 'app_page', page: 'logout' } : undefined
  }
  if (signInForm === undefined) return undefined
  if (method === 'POST') return { outcome: 'app_page', page: 'form' }
  return isSafe && signInForm.page === 'sign-in'
    ? { outcome: 'app_page', page: 'form_page' }
    : undefined
}
