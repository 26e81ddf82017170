// The gateway's own form for user name and password: GET shows it, POST signs in. The password is read out of the
// body, handed on, and forgotten; nothing is done for a form that another site or another browser sent.

import { isForPassword } from '../config/providerUses.ts'
import { Secret } from '../crypto/secret.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { checkRedirect, toLoginUrl, toSignInUrl } from '../http/redirects.ts'
import { respond, respondRedirect } from '../http/respond.ts'
import type { RefusedSignIn, SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import { createChooserPage } from '../pages/chooserPage.ts'
import { respondPage, respondRendered } from '../pages/respondPage.ts'
import type { SignInView } from '../pages/signInForm.ts'
import { createSignInPage } from '../pages/signInPage.ts'
import type { EndpointRequest, ReceivedRequest, RoutedRequest } from '../request.ts'
import type { SignIn } from '../sessions/session.ts'
import { createBrowserTokens } from './browserToken.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import { isPostedByAnotherSite } from './formOrigin.ts'
import { listChoices } from './login.ts'
import { checkFormType, findParameter, readForm } from './parameters.ts'
import { createPublicHost } from './publicHost.ts'

export interface SignInEndpoint {
  readonly answer: (request: EndpointRequest) => Promise<void>
  /** Sends a person to the form, to come back to the very address that they asked for. */
  readonly startFromRoute: (received: ReceivedRequest, routed: RoutedRequest) => void
}

interface Place {
  /** Checked. */
  readonly rd: string
  readonly providerId: string
}

const formLimits = { maxBytes: 16_384, timeout: 10_000 }

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

/**
 * @throws GatewayError `origin_not_allowed`, `unsupported_media_type`, `content_too_large`, `request_malformed`,
 *   `request_timeout`, `login_provider_unknown`, `session_store_unavailable`, `session_too_large`
 */
export function createSignIn(
  dependencies: EndpointsDependencies,
  signInWithPassword: SignInWithPassword,
): SignInEndpoint {
  const { config, jar, sessions, metrics } = dependencies
  const providers = config.providers.filter(isForPassword)
  const publicHost = createPublicHost(config)
  const tokens = createBrowserTokens(config, jar)
  const renderSignIn = createSignInPage(config.pages)

  async function show(
    received: ReceivedRequest,
    { rd, providerId }: Place,
    shown: Partial<Pick<SignInView, 'username' | 'problem'>> = {},
  ): Promise<void> {
    const { username = '', problem } = shown
    const { token: csrfToken, setCookies } = await tokens.issue(received.cookies)
    const action = toSignInUrl(config.prefix, rd, providerId)
    const view = { action, csrfToken, username, ...(problem === undefined ? {} : { problem }) }
    const page = renderSignIn(view, received.incoming.headers['accept-language'])
    const status = problem === undefined ? 200 : statuses[problem.kind]
    const fields = setCookies.flatMap((cookie) => ['Set-Cookie', cookie])
    respondRendered(received, page, {
      status,
      fields: [...fields, ...toFields(status, problem?.retryAfterSeconds)],
    })
  }

  function toFields(status: number, retryAfterSeconds: number | undefined): string[] {
    // RFC 9110 §15.5.2: a 401 has a challenge; a browser knows nothing to do about this one.
    if (status === 401) return ['WWW-Authenticate', `Bearer realm="${config.publicUrl}"`]
    if (retryAfterSeconds === undefined || status !== 429) return []
    return ['Retry-After', String(Math.ceil(retryAfterSeconds))]
  }

  function choose(received: ReceivedRequest, rd: string, ids: readonly string[]): void {
    const choices = providers
      .filter(({ id }) => ids.includes(id))
      .map(({ id, displayName }) => ({
        label: displayName ?? id,
        href: toSignInUrl(config.prefix, rd, id),
      }))
    respondPage(received, { status: 200, page: createChooserPage(choices) })
  }

  async function answerGet(
    received: ReceivedRequest,
    parameters: URLSearchParams,
    { rd, providerId }: { readonly rd: string; readonly providerId: string | undefined },
  ): Promise<void> {
    // Because cookies stay at the host that set them: the form, and the session, are of the public one.
    if (!publicHost.wasMoved(parameters) && publicHost.isElsewhere(received)) {
      publicHost.move(received, toSignInUrl(config.prefix, rd, providerId))
    } else if (providerId === undefined) {
      const ids = providers.map(({ id }) => id)
      choose(received, rd, ids)
    } else await show(received, { rd, providerId })
  }

  /** The order here is what keeps another site, and a robot, from trying passwords through this browser. */
  async function answerPost(received: ReceivedRequest, place: Place): Promise<void> {
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
    const result = await signInWithPassword({
      providerId: place.providerId,
      username,
      password: new Secret(password),
      clientAddress: received.client.address,
      requestId: received.record.id,
    })
    if (result.outcome === 'signed_in') return open(received, place, result.signIn)
    return refuse(received, place, { username, result })
  }

  async function open(
    received: ReceivedRequest,
    { rd, providerId }: Place,
    signIn: SignIn,
  ): Promise<void> {
    // Threat: an id that was there before the sign-in may be known to somebody else; `open` makes a new one.
    const { session, setCookies } = await sessions.open(signIn, providerId, received.cookies)
    metrics.logins.inc({ provider: providerId, outcome: 'completed' })
    received.record.principal = session.subject
    received.record.sessionId = session.id
    const cookies = [...setCookies, tokens.forgotten].flatMap((cookie) => ['Set-Cookie', cookie])
    // RFC 9110 §15.4.4: the browser goes there with a GET, and never posts the form again.
    respond(received, { status: 303, fields: ['Location', checkRedirect(rd, config), ...cookies] })
  }

  async function refuse(
    received: ReceivedRequest,
    { rd, providerId }: Place,
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

  function findProvider(parameters: URLSearchParams, rd: string): string | undefined {
    const [only, ...others] = providers
    if (!parameters.has('provider')) return others.length === 0 ? only?.id : undefined
    const id = findParameter(parameters, 'provider')
    if (providers.some((provider) => provider.id === id)) return id
    throw unknownProvider(rd)
  }

  function unknownProvider(rd: string): GatewayError {
    return new GatewayError('login_provider_unknown', 'not a provider with a password', {
      loginUrl: toSignInUrl(config.prefix, rd),
    })
  }

  return {
    answer: ({ received, target }) => {
      const parameters = new URLSearchParams(target.query)
      const rd = checkRedirect(findParameter(parameters, 'rd'), config)
      const providerId = findProvider(parameters, rd)
      if (received.method !== 'POST') return answerGet(received, parameters, { rd, providerId })
      if (providerId === undefined) throw unknownProvider(rd)
      return answerPost(received, { rd, providerId })
    },
    startFromRoute: (received, { route, target }) => {
      const rd = checkRedirect(target.path + target.query, config)
      const [only, ...others] = listChoices(
        providers.map(({ id }) => id),
        route,
      )
      respondRedirect(
        received,
        toSignInUrl(config.prefix, rd, others.length === 0 ? only : undefined),
      )
    },
  }
}
