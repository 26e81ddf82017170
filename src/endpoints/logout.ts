// Ends the session everywhere, then the issuer's. Nobody is told that they are out while they are not, and
// no other site can sign anybody out.

import { randomBytes } from 'node:crypto'
import { GatewayError } from '../errors/gatewayError.ts'
import { findCookie, toSetCookie } from '../http/cookies.ts'
import { checkRedirect } from '../http/redirects.ts'
import { respondRedirect } from '../http/respond.ts'
import { createConfirmLogoutPage } from '../pages/confirmLogoutPage.ts'
import { toFormTargets } from '../pages/respondPage.ts'
import { createSignedOutPage } from '../pages/signedOutPage.ts'
import { findWords } from '../pages/words.ts'
import type { EndpointRequest, ReceivedRequest } from '../request.ts'
import type { Session } from '../sessions/session.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import type { LoginAttempts } from './loginAttempts.ts'
import { createCsrfTokens, isAskedByAnotherSite, isPostedByOurselves } from './logoutOrigin.ts'
import { findParameter, readForm } from './parameters.ts'
import { createSeals, isEqual } from './seals.ts'

/** What is sealed while the browser is at the issuer to sign out there. */
interface LogoutInFlight {
  readonly state: string
  readonly rd?: string
}

const lifetimeSeconds = 600
const formLimits = { maxBytes: 8192, timeout: 10_000 }

/**
 * @throws GatewayError `origin_not_allowed`, `request_malformed`, `content_too_large`, `logout_incomplete`,
 *   `session_store_unavailable`
 */
export function createLogout(
  dependencies: EndpointsDependencies,
  attempts: LoginAttempts,
): (request: EndpointRequest) => Promise<void> {
  const { config, jar, sessions, relyingParties, log, respondPage } = dependencies
  const seals = createSeals<LogoutInFlight>(config.sessions.keys, 'logout', lifetimeSeconds)
  const csrfTokens = createCsrfTokens(config)
  const cookieName = `${jar.base}-logout`
  const ownUrl = `${config.prefix}/logout`
  const forgotten = toSetCookie(jar, cookieName, '', { maxAge: 0 })

  async function answerGet(received: ReceivedRequest, parameters: URLSearchParams): Promise<void> {
    const returned = await findReturned(received, findParameter(parameters, 'state'))
    if (returned !== undefined) return finish(received, returned.rd, [forgotten])
    const rd = toRd(parameters)
    if (isAskedByAnotherSite(received, config)) {
      const found = await sessions.find(received.cookies)
      return found === undefined ? finish(received, rd, []) : ask(received, found.session, rd)
    }
    await endSession(received, rd)
  }

  async function answerPost(received: ReceivedRequest, parameters: URLSearchParams): Promise<void> {
    const form = await readForm(received, formLimits)
    if (!isPostedByOurselves(received, config)) {
      await checkCsrfToken(received, findParameter(form, 'csrf_token'))
    }
    await endSession(received, toRd(form.has('rd') ? form : parameters))
  }

  async function endSession(received: ReceivedRequest, rd: string | undefined): Promise<void> {
    const used = await attempts.recentlyUsed(received.cookies)
    const { session, setCookies } = await sessions.end(received.cookies)
    const cleared = [...setCookies, ...used.map(({ state }) => attempts.remove(state))]
    if (session === undefined) return finish(received, rd, cleared)
    received.record.principal = session.subject
    received.record.sessionId = session.id
    log.info(
      {
        event: 'signed_out',
        id: received.record.id,
        provider: session.providerId,
        client: received.client.address,
        principal: session.subject,
        session: session.id,
      },
      'signed out',
    )
    const state = randomBytes(32).toString('base64url')
    const location = toEndSessionUrl(session, state)
    if (location === undefined) return finish(received, rd, cleared)
    const inFlight: LogoutInFlight = rd === undefined ? { state } : { state, rd }
    const text = await seals.seal(inFlight)
    const kept = toSetCookie(jar, cookieName, text, { maxAge: lifetimeSeconds })
    respondRedirect(received, location, [...cleared, kept])
  }

  /** Undefined where the issuer has no such place, or would not know whose session is meant. */
  function toEndSessionUrl({ providerId, tokens }: Session, state: string): string | undefined {
    if (tokens.idToken === undefined) return undefined
    const returnTo = { uri: config.publicUrl + ownUrl, state }
    return relyingParties.get(providerId)?.createEndSessionUrl(tokens.idToken, returnTo)
  }

  /** The logout that this browser was sent to the issuer for, now that it is back. */
  async function findReturned(
    { cookies }: ReceivedRequest,
    state: string | undefined,
  ): Promise<LogoutInFlight | undefined> {
    const text = findCookie(cookies, cookieName)
    if (state === undefined || text === undefined) return undefined
    const opened = await seals.open(text)
    return opened !== undefined && isEqual(opened.state, state) ? opened : undefined
  }

  function finish(
    received: ReceivedRequest,
    rd: string | undefined,
    setCookies: readonly string[],
  ): void {
    if (rd !== undefined) {
      respondRedirect(received, checkRedirect(rd, config), setCookies)
      return
    }
    respondPage(received, {
      status: 200,
      page: createSignedOutPage(dependencies.findSignInUrl('/'), findWords(received)),
      fields: setCookies.flatMap((cookie) => ['Set-Cookie', cookie]),
    })
  }

  function ask(received: ReceivedRequest, { id }: Session, rd: string | undefined): void {
    const form = { action: ownUrl, csrfToken: csrfTokens.create(id), rd }
    const page = createConfirmLogoutPage(form, findWords(received))
    respondPage(received, { status: 200, page, formTargets: toFormTargets(jar) })
  }

  // Threat: another site posts a form here. It comes without the cookie, SameSite=Lax, but an answer that
  // deletes the cookie would sign the person out all the same.
  async function checkCsrfToken(
    received: ReceivedRequest,
    token: string | undefined,
  ): Promise<void> {
    const found = await sessions.find(received.cookies)
    if (found !== undefined && csrfTokens.isValid(token ?? '', found.session.id)) return
    throw new GatewayError('origin_not_allowed', 'a logout posted by another site')
  }

  function toRd(parameters: URLSearchParams): string | undefined {
    return parameters.has('rd') ? checkRedirect(findParameter(parameters, 'rd'), config) : undefined
  }

  return ({ received, target }) => {
    const parameters = new URLSearchParams(target.query)
    return received.method === 'POST'
      ? answerPost(received, parameters)
      : answerGet(received, parameters)
  }
}
