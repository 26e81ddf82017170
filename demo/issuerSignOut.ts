// RP-Initiated Logout 1.0 §2 without a question: whoever shows the ID Token of the very person that is
// signed in here has asked already. All others get the page with two buttons.

import type { KoaContextWithOIDC } from 'oidc-provider'
import { signedOutPage } from './issuerPages.ts'

type Middleware = (context: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>

/** Runs around oidc-provider, which by then has checked the hint and the post-logout redirect URI. */
export const signOutByHint: Middleware = async (context, next) => {
  await next()
  if (!isAskedByHint(context)) return
  const { session, params, provider } = context.oidc
  await session?.destroy()
  context.oidc.cookies.set(provider.cookieName('session'), null, { path: '/oidc' })
  const returnTo = params?.['post_logout_redirect_uri']
  if (typeof returnTo !== 'string') {
    context.body = signedOutPage()
    return
  }
  const location = new URL(returnTo)
  if (typeof params?.['state'] === 'string') location.searchParams.set('state', params['state'])
  context.redirect(location.href)
  context.status = 303
  context.body = ''
}

function isAskedByHint({ oidc, status }: KoaContextWithOIDC): boolean {
  if (status !== 200 || oidc?.route !== 'end_session') return false
  const hint = oidc.entities.IdTokenHint
  if (hint === undefined) return false
  const accountId = oidc.session?.accountId
  return accountId === undefined || accountId === hint.payload['sub']
}
