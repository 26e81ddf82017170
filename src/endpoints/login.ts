// Starts a login: new secrets in a sealed cookie, and the browser sent to the issuer. Where several issuers
// are possible, the person chooses. It starts none for a script, and none where logins go in circles.

import { GatewayError } from '../errors/gatewayError.ts'
import { isNavigation } from '../http/navigation.ts'
import { checkRedirect, toLoginUrl } from '../http/redirects.ts'
import { respondRedirect } from '../http/respond.ts'
import type { RelyingParty } from '../oidc/login/relyingParty.ts'
import { createChooserPage } from '../pages/chooserPage.ts'
import type { Page } from '../pages/layout.ts'
import { findWords } from '../pages/words.ts'
import type { EndpointRequest, ReceivedRequest, RoutedRequest } from '../request.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import { createLoginSecrets, type LoginAttempts } from './loginAttempts.ts'
import { findParameter } from './parameters.ts'
import { createPublicHost } from './publicHost.ts'

export interface LoginStart {
  /** Where the browser goes in the end; checked. */
  readonly rd: string
  readonly providerId: string
  /** The gateway starts again by itself; it does so once. */
  readonly isRestart: boolean
}

export type StartLogin = (received: ReceivedRequest, start: LoginStart) => Promise<void>

export interface Login {
  readonly answer: (request: EndpointRequest) => Promise<void>
  readonly startFromRoute: (received: ReceivedRequest, routed: RoutedRequest) => Promise<void>
  /** @throws GatewayError `issuer_unavailable`, `login_loop` */
  readonly start: StartLogin
}

const completedLoginsOfALoop = 3

export function createLogin(dependencies: EndpointsDependencies, attempts: LoginAttempts): Login {
  const { config, relyingParties, clock, metrics, respondPage } = dependencies
  const publicHost = createPublicHost(config)
  const redirectUri = `${config.publicUrl}${config.prefix}/callback`

  async function start(
    received: ReceivedRequest,
    { rd, providerId, isRestart }: LoginStart,
  ): Promise<void> {
    await checkLoop(received, toLoginUrl(config.prefix, rd))
    const secrets = createLoginSecrets(isRestart)
    const location = await findRelyingParty(relyingParties, providerId).createAuthorizationUrl(
      secrets,
      redirectUri,
    )
    const attempt = { kind: 'pending', ...secrets, providerId, rd, createdAt: clock.now() } as const
    const setCookies = await attempts.add(received.cookies, attempt)
    metrics.logins.inc({ provider: providerId, outcome: 'started' })
    respondRedirect(received, location, setCookies)
  }

  async function checkLoop(received: ReceivedRequest, loginUrl: string): Promise<void> {
    const completed = await attempts.recentlyUsed(received.cookies)
    if (completed.length < completedLoginsOfALoop) return
    if ((await dependencies.sessions.find(received.cookies)) !== undefined) return
    throw new GatewayError('login_loop', 'completed logins, and the session never came back', {
      loginUrl,
      // Because the person may have mended the cause, the next start counts from nought.
      setCookies: completed.map(({ state }) => attempts.remove(state)),
    })
  }

  async function begin(
    received: ReceivedRequest,
    { rd, wasMoved, providerIds, asPage }: Choices,
  ): Promise<void> {
    const [first, ...others] = providerIds
    const only = others.length === 0 ? first : undefined
    if (!wasMoved && publicHost.isElsewhere(received)) {
      publicHost.move(received, toLoginUrl(config.prefix, rd, only))
    } else if (only !== undefined) {
      await start(received, { rd, providerId: only, isRestart: false })
    } else {
      respondPage(received, { page: createChoices(received, rd, providerIds), ...asPage })
    }
  }

  function createChoices(
    received: ReceivedRequest,
    rd: string,
    providerIds: readonly string[],
  ): Page {
    const choices = providerIds.map((id) => ({
      label: findRelyingParty(relyingParties, id).provider.displayName ?? id,
      href: toLoginUrl(config.prefix, rd, id),
    }))
    return createChooserPage(choices, findWords(received))
  }

  return {
    start,
    answer: async ({ received, target }) => {
      const parameters = new URLSearchParams(target.query)
      const rd = checkRedirect(findParameter(parameters, 'rd'), config)
      checkNavigation(received, toLoginUrl(config.prefix, rd))
      const providerIds = parameters.has('provider')
        ? [checkProvider(findParameter(parameters, 'provider'), rd)]
        : [...relyingParties.keys()]
      const wasMoved = publicHost.wasMoved(parameters)
      await begin(received, { rd, wasMoved, providerIds, asPage: { status: 200 } })
    },
    startFromRoute: async (received, { route, target }) => {
      const rd = checkRedirect(target.path + target.query, config)
      const providerIds = listChoices([...relyingParties.keys()], route)
      // RFC 9110 §15.5.2: a 401 has a challenge.
      const fields = ['WWW-Authenticate', `Bearer realm="${config.publicUrl}"`]
      const asPage = { status: 401, fields }
      await begin(received, { rd, wasMoved: false, providerIds, asPage })
    },
  }

  function checkProvider(id: string | undefined, rd: string): string {
    if (id !== undefined && relyingParties.has(id)) return id
    throw new GatewayError(
      'login_provider_unknown',
      'login with a provider that is not configured',
      {
        loginUrl: toLoginUrl(config.prefix, rd),
      },
    )
  }
}

interface Choices {
  /** Where the browser goes in the end; checked. */
  readonly rd: string
  /** Whether the browser was sent to the public host for it. */
  readonly wasMoved: boolean
  readonly providerIds: readonly string[]
  /** How the chooser is sent, where there is something to choose. */
  readonly asPage: { readonly status: number; readonly fields?: readonly string[] }
}

// Because the address itself says that a login is wanted, a client that names no media type is no script.
function checkNavigation({ method, incoming }: ReceivedRequest, loginUrl: string): void {
  if (isNavigation(method, { ...incoming.headers, accept: 'text/html' })) return
  throw new GatewayError('login_required', 'no login is started for a script', { loginUrl })
}

/** Where a person may sign in for a route, out of all providers that people sign in at. */
export function listChoices(
  providerIds: readonly string[],
  { providers }: RoutedRequest['route'],
): string[] {
  return providerIds.filter((id) => providers?.includes(id) ?? true)
}

export function findRelyingParty(
  relyingParties: ReadonlyMap<string, RelyingParty>,
  providerId: string,
): RelyingParty {
  const relyingParty = relyingParties.get(providerId)
  if (relyingParty !== undefined) return relyingParty
  throw new GatewayError('internal_error', 'a provider without a relying party')
}
