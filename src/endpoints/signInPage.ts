// Shows the form for user name and password, with the proof that it was shown to this very browser.

import type { Config } from '../config/config.ts'
import type { CookieJar } from '../http/cookies.ts'
import { toSignInUrl } from '../http/redirects.ts'
import { respondRendered, toFormTargets } from '../pages/respondPage.ts'
import type { SignInView } from '../pages/signInForm.ts'
import { createSignInPage } from '../pages/signInPage.ts'
import type { ReceivedRequest } from '../request.ts'
import type { BrowserTokens } from './browserToken.ts'

/** Where somebody signs in, and what for. */
export interface SignInPlace {
  /** Checked. */
  readonly rd: string
  readonly providerId: string
}

export type ShowSignIn = (
  received: ReceivedRequest,
  place: SignInPlace,
  shown?: Partial<Pick<SignInView, 'username' | 'problem'>>,
) => Promise<void>

const statuses: Readonly<Record<NonNullable<SignInView['problem']>['kind'], number>> = {
  wrong_credentials: 401,
  account_locked: 403,
  password_expired: 403,
  mfa_required: 403,
  rate_limited: 429,
  throttled: 429,
  unavailable: 503,
  misconfigured: 403,
  incomplete: 400,
  expired: 403,
}

export function createShowSignIn(
  config: Pick<Config, 'prefix' | 'publicUrl' | 'pages'>,
  jar: CookieJar,
  tokens: BrowserTokens,
): ShowSignIn {
  const render = createSignInPage(config.pages)

  function toFields(status: number, retryAfterSeconds: number | undefined): string[] {
    // RFC 9110 §15.5.2: a 401 has a challenge; a browser knows nothing to do about this one.
    if (status === 401) return ['WWW-Authenticate', `Bearer realm="${config.publicUrl}"`]
    if (retryAfterSeconds === undefined || status !== 429) return []
    return ['Retry-After', String(Math.ceil(retryAfterSeconds))]
  }

  return async (received, { rd, providerId }, { username = '', problem } = {}) => {
    const { token: csrfToken, setCookies } = await tokens.issue(received.cookies)
    const action = toSignInUrl(config.prefix, rd, providerId)
    const view = { action, csrfToken, username, ...(problem === undefined ? {} : { problem }) }
    const page = render(view, received.incoming.headers['accept-language'])
    const status = problem === undefined ? 200 : statuses[problem.kind]
    const fields = setCookies.flatMap((cookie) => ['Set-Cookie', cookie])
    respondRendered(received, page, {
      status,
      fields: [...fields, ...toFields(status, problem?.retryAfterSeconds)],
      // Because the issuer may have to ask for more, and the application may send people on to others.
      formTargets: toFormTargets(jar),
    })
  }
}
