// What is posted from the form for user name and password. The password is read out of the body, handed on, and
// forgotten; nothing is done for a form that another site or another browser sent.

import { Secret } from '../crypto/secret.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { checkRedirect, toLoginUrl } from '../http/redirects.ts'
import { respond } from '../http/respond.ts'
import type { RefusedSignIn, SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import type { ReceivedRequest } from '../request.ts'
import type { FoundSession } from '../sessions/sessions.ts'
import type { BrowserTokens } from './browserToken.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import { isPostedByAnotherSite } from './formOrigin.ts'
import { checkFormType, findParameter, readForm } from './parameters.ts'
import type { ShowSignIn, SignInPlace } from './signInPage.ts'

export interface SignInPostDependencies extends EndpointsDependencies {
  readonly signInWithPassword: SignInWithPassword
  readonly tokens: BrowserTokens
  readonly show: ShowSignIn
}

const formLimits = { maxBytes: 16_384, timeout: 10_000 }

/**
 * @throws GatewayError `origin_not_allowed`, `unsupported_media_type`, `content_too_large`, `request_malformed`,
 *   `request_timeout`, `session_store_unavailable`, `session_too_large`
 */
export function createSignInPost(
  dependencies: SignInPostDependencies,
): (received: ReceivedRequest, place: SignInPlace) => Promise<void> {
  const { config, sessions, metrics, signInWithPassword, tokens, show } = dependencies

  /** The order here is what keeps another site, and a robot, from trying passwords through this browser. */
  async function answer(received: ReceivedRequest, place: SignInPlace): Promise<void> {
    // 1. The browser does not say that another site sent it.
    if (isPostedByAnotherSite(received, config)) {
      throw new GatewayError('origin_not_allowed', 'a sign-in posted by another site')
    }
    // 2. It is a form, of a size that forms have.
    checkFormType(received)
    const form = await readForm(received, formLimits)
    const username = findParameter(form, 'username') ?? ''
    const password = findParameter(form, 'password') ?? ''
    // 3. It was shown to this browser.
    if (!(await tokens.isFrom(received.cookies, findParameter(form, 'csrf_token')))) {
      return show(received, place, { username, problem: { kind: 'expired' } })
    }
    // 4. Something was typed.
    if (username === '' || password === '') {
      return show(received, place, { username, problem: { kind: 'incomplete' } })
    }
    // 5. It has not been tried too often, and the issuer says yes.
    const { providerId } = place
    const attempt = {
      providerId,
      username,
      password: new Secret(password),
      clientAddress: received.client.address,
      requestId: received.record.id,
    }
    const result = await signInWithPassword(attempt, (signIn) =>
      // Threat: an id that was there before the sign-in may be known to somebody else; `open` makes a new one.
      sessions.open(signIn, providerId, received.cookies),
    )
    if (result.outcome === 'signed_in') return goOn(received, place, result.opened)
    return refuse(received, place, { username, result })
  }

  function goOn(
    received: ReceivedRequest,
    { rd, providerId }: SignInPlace,
    { session, setCookies }: FoundSession,
  ): void {
    metrics.logins.inc({ provider: providerId, outcome: 'completed' })
    received.record.principal = session.subject
    received.record.sessionId = session.id
    const cookies = [...setCookies, tokens.forgotten].flatMap((cookie) => ['Set-Cookie', cookie])
    // RFC 9110 §15.4.4: the browser goes there with a GET, and never posts the form again.
    respond(received, { status: 303, fields: ['Location', checkRedirect(rd, config), ...cookies] })
  }

  async function refuse(
    received: ReceivedRequest,
    { rd, providerId }: SignInPlace,
    { username, result }: { readonly username: string; readonly result: RefusedSignIn },
  ): Promise<void> {
    const { reason, retryAfterSeconds, detail } = result
    metrics.logins.inc({ provider: providerId, outcome: 'refused' })
    received.record.detail = `${reason}: ${detail}`
    if (reason === 'mfa_required') {
      // Because the issuer's own page can ask for the second factor.
      respond(received, {
        status: 303,
        fields: ['Location', toLoginUrl(config.prefix, rd, providerId)],
      })
      return
    }
    const problem =
      retryAfterSeconds === undefined ? { kind: reason } : { kind: reason, retryAfterSeconds }
    await show(received, { rd, providerId }, { username, problem })
  }

  return answer
}
