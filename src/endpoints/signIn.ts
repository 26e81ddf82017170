// The gateway's own form for user name and password: GET shows it, POST signs in (signInPost.ts). Where several
// providers take passwords, the person chooses first.

import { isForPassword } from '../config/routes/providerUses.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { checkRedirect, toSignInUrl } from '../http/redirects.ts'
import { respondRedirect } from '../http/respond.ts'
import type { SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import { createChooserPage } from '../pages/chooserPage.ts'
import type { Page } from '../pages/layout.ts'
import { findWords } from '../pages/words.ts'
import type { EndpointRequest, ReceivedRequest, RoutedRequest } from '../request.ts'
import { createBrowserTokens } from './browserToken.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import { listChoices } from './login.ts'
import { findParameter } from './parameters.ts'
import { createPublicHost } from './publicHost.ts'
import { createShowSignIn } from './signInPage.ts'
import { createSignInPost } from './signInPost.ts'

export interface SignInEndpoint {
  readonly answer: (request: EndpointRequest) => Promise<void>
  /** Sends a person to the form, to come back to the very address that they asked for. */
  readonly startFromRoute: (received: ReceivedRequest, routed: RoutedRequest) => void
}

/** @throws GatewayError `login_provider_unknown`, and what {@link createSignInPost} throws */
export function createSignIn(
  dependencies: EndpointsDependencies,
  signInWithPassword: SignInWithPassword,
): SignInEndpoint {
  const { config, jar, respondPage } = dependencies
  const providers = config.providers.filter(isForPassword)
  const allIds = providers.map(({ id }) => id)
  const publicHost = createPublicHost(config)
  const tokens = createBrowserTokens(config, jar)
  const show = createShowSignIn(config, jar, tokens)
  const answerPost = createSignInPost({ ...dependencies, signInWithPassword, tokens, show })

  function createChoices(received: ReceivedRequest, rd: string, ids: readonly string[]): Page {
    const choices = providers
      .filter(({ id }) => ids.includes(id))
      .map(({ id, displayName }) => ({
        label: displayName ?? id,
        href: toSignInUrl(config.prefix, rd, id),
      }))
    return createChooserPage(choices, findWords(received))
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
      respondPage(received, { status: 200, page: createChoices(received, rd, allIds) })
    } else await show(received, { rd, providerId })
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
      const ids = listChoices(allIds, route)
      if (ids.length === 1 || publicHost.isElsewhere(received)) {
        const only = ids.length === 1 ? ids[0] : undefined
        return respondRedirect(received, toSignInUrl(config.prefix, rd, only))
      }
      // RFC 9110 §15.5.2: a 401 has a challenge.
      const fields = ['WWW-Authenticate', `Bearer realm="${config.publicUrl}"`]
      // Because a sign-in where the route takes none would end in a refusal.
      respondPage(received, { status: 401, page: createChoices(received, rd, ids), fields })
    },
  }
}
