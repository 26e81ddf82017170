// Where the issuer sends the browser back to. Every check on what the browser brought comes before the code
// is redeemed; nothing is redeemed twice, and nothing for a browser that did not start this login.

import { GatewayError } from '../errors/gatewayError.ts'
import { isNavigation } from '../http/navigation.ts'
import { checkRedirect, toLoginUrl } from '../http/redirects.ts'
import { respondRedirect } from '../http/respond.ts'
import type { EndpointRequest, ReceivedRequest } from '../request.ts'
import type { FoundSession } from '../sessions/sessions.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import { findRelyingParty, type StartLogin } from './login.ts'
import {
  attemptLifetimeSeconds,
  isRestart,
  type LoginAttempt,
  type LoginAttempts,
  type PendingAttempt,
} from './loginAttempts.ts'
import { findDuplicate, findParameter } from './parameters.ts'
import { createRedemptions } from './redemptions.ts'

/** What a completed login answers with. */
interface Completed {
  readonly location: string
  readonly setCookies: readonly string[]
}

interface Redeemable {
  readonly attempt: PendingAttempt
  readonly parameters: URLSearchParams
}

/**
 * @throws GatewayError `login_response_invalid`, `login_attempt_unknown`, `login_refused`, `login_misconfigured`,
 *   `login_loop`, `issuer_unavailable`, `session_store_unavailable`
 */
export function createCallback(
  dependencies: EndpointsDependencies,
  attempts: LoginAttempts,
  startLogin: StartLogin,
): (request: EndpointRequest) => Promise<void> {
  const { config, sessions, relyingParties, clock, log, metrics } = dependencies
  const redemptions = createRedemptions<Completed>({
    clock,
    lifetimeSeconds: attemptLifetimeSeconds,
    isRepeatable: isIssuerAway,
  })

  /** The order here is what keeps a login from being adopted, replayed or mixed up. */
  async function answer({ received, target }: EndpointRequest): Promise<void> {
    const parameters = new URLSearchParams(target.query)
    // 1. No parameter comes twice.
    const duplicate = findDuplicate(parameters)
    if (duplicate !== undefined) throw invalid(`${toLoggable(duplicate)}: came twice`)
    // 2. It says which login it belongs to.
    const state = findParameter(parameters, 'state')
    if (state === undefined || state === '') throw invalid('a callback without state')
    // 3. That login was started in this browser, and not too long ago.
    const attempt = await attempts.find(received.cookies, state)
    if (attempt === undefined || !relyingParties.has(attempt.providerId)) {
      return startAgainOnce(received, state, undefined)
    }
    // 4. It has not been used.
    if (attempt.kind === 'used' || redemptions.isUsed(state)) {
      return answerUsed(received, attempt)
    }
    // 5. Nobody is redeeming it at this moment. The issuer, its answer and the code: see `redeem`.
    const completed = await (redemptions.findInFlight(state) ??
      redemptions.run(state, () => complete(received, { attempt, parameters })))
    respondRedirect(received, checkRedirect(completed.location, config), completed.setCookies)
  }

  async function complete(received: ReceivedRequest, redeemable: Redeemable): Promise<Completed> {
    const { attempt } = redeemable
    try {
      const { session, setCookies } = await redeem(received, redeemable)
      metrics.logins.inc({ provider: attempt.providerId, outcome: 'completed' })
      received.record.principal = session.subject
      received.record.sessionId = session.id
      log.info(
        {
          event: 'sign_in_succeeded',
          ...toAuditFields(received, attempt),
          principal: session.subject,
          session: session.id,
        },
        'signed in',
      )
      return { location: attempt.rd, setCookies: [...setCookies, await attempts.markUsed(attempt)] }
    } catch (error) {
      metrics.logins.inc({ provider: attempt.providerId, outcome: 'refused' })
      const reason = error instanceof GatewayError ? error.code : 'internal_error'
      const fields = { event: 'sign_in_failed', ...toAuditFields(received, attempt), reason }
      log.info(fields, 'sign-in failed')
      throw toRefusal(error, attempt)
    }
  }

  async function redeem(
    received: ReceivedRequest,
    { attempt, parameters }: Redeemable,
  ): Promise<FoundSession> {
    const relyingParty = findRelyingParty(relyingParties, attempt.providerId)
    const redirectUri = `${config.publicUrl}${config.prefix}/callback`
    const signIn = await relyingParty.redeem(parameters, attempt, redirectUri)
    // Threat: an id that was there before the sign-in may be known to somebody else; `open` makes a new one.
    return sessions.open(signIn, attempt.providerId, received.cookies)
  }

  /** The back button, or a reload: where the browser was going, if it is signed in. */
  async function answerUsed(received: ReceivedRequest, attempt: LoginAttempt): Promise<void> {
    const found = await sessions.find(received.cookies)
    if (found === undefined) return startAgainOnce(received, attempt.state, attempt)
    respondRedirect(received, checkRedirect(attempt.rd, config), found.setCookies)
  }

  async function startAgainOnce(
    received: ReceivedRequest,
    state: string,
    attempt: LoginAttempt | undefined,
  ): Promise<void> {
    const rd = attempt?.rd ?? '/'
    const [only, ...others] = relyingParties.keys()
    const providerId = attempt?.providerId ?? (others.length === 0 ? only : undefined)
    const isPerson = isNavigation(received.method, {
      ...received.incoming.headers,
      accept: 'text/html',
    })
    if (isRestart(state) || providerId === undefined || !isPerson) {
      throw new GatewayError('login_attempt_unknown', 'no login with this state in this browser', {
        loginUrl: toLoginUrl(config.prefix, rd),
      })
    }
    await startLogin(received, { rd, providerId, isRestart: true })
  }

  function invalid(detail: string): GatewayError {
    return new GatewayError('login_response_invalid', detail, {
      loginUrl: toLoginUrl(config.prefix, '/'),
    })
  }

  /** The same refusal with a way to start again; the attempt is over, unless the issuer was away. */
  function toRefusal(error: unknown, { state, rd }: PendingAttempt): unknown {
    if (!(error instanceof GatewayError) || isIssuerAway(error)) return error
    return new GatewayError(error.code, error.detail, {
      ...error.options,
      // Because starting again ends in the same refusal until the operator has mended the configuration.
      ...(error.code === 'login_misconfigured' ? {} : { loginUrl: toLoginUrl(config.prefix, rd) }),
      setCookies: [...(error.options.setCookies ?? []), attempts.remove(state)],
    })
  }

  return answer
}

/** What an auditor asks of any sign-in. */
function toAuditFields(
  { record, client }: ReceivedRequest,
  { providerId }: PendingAttempt,
): Readonly<Record<string, string>> {
  return { id: record.id, way: 'code', provider: providerId, client: client.address }
}

const responseParameters: ReadonlySet<string> = new Set(
  'code state iss error error_description error_uri session_state scope response'.split(' '),
)

// Threat: the name of a parameter may be anything, a secret in the wrong place included.
function toLoggable(name: string): string {
  return responseParameters.has(name) ? name : 'a parameter'
}

function isIssuerAway(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'issuer_unavailable'
}
