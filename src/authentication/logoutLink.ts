// The application's own logout link: the session here ends first, then the application is asked as by nobody, so that
// it ends its own. Another site's link or form ends nothing unasked.

import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { isFetchedAhead, isNavigation } from '../http/navigation.ts'
import { checkRedirect, toLogoutUrl } from '../http/redirects.ts'
import { respondRedirect } from '../http/respond.ts'
import type { AuthenticatedRequest, RoutedRequest } from '../request.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Log } from '../telemetry/log.ts'
import { checkOwnForm } from './signInForm/ownForm.ts'

export interface LogoutLinkDependencies {
  readonly config: Config
  readonly sessions: Pick<Sessions, 'find' | 'end'>
  readonly log: Log
}

/**
 * Undefined where it has been answered.
 *
 * @throws GatewayError `origin_not_allowed`, `logout_incomplete`
 */
export type FollowLogoutLink = (routed: RoutedRequest) => Promise<AuthenticatedRequest | undefined>

export function createLogoutLink({
  config,
  sessions,
  log,
}: LogoutLinkDependencies): FollowLogoutLink {
  return async (routed) => {
    const { received, target } = routed
    const { method, incoming, cookies, record, client } = received
    // Because nothing is to be ended for who merely asks what there is.
    if (method === 'HEAD' || method === 'OPTIONS') return asNobody(routed, [])
    if (!(await mayBeSignedIn(sessions, cookies))) return asNobody(routed, [])
    if (isFetchedAhead(incoming.headers) || isNavigation(method, incoming.headers)) {
      // Because our own logout knows who may ask for it, and the issuer's; it comes back here.
      const place = checkRedirect(target.path + target.query, config)
      respondRedirect(received, toLogoutUrl(config.prefix, place))
      return undefined
    }
    checkOwnForm(received, config.publicUrl)
    const { session, setCookies } = await sessions.end(cookies)
    if (session === undefined) return asNobody(routed, setCookies)
    const { providerId: provider, subject: principal, id } = session
    record.principal = principal
    record.sessionId = id
    const fields = { id: record.id, provider, client: client.address, principal, session: id }
    log.info({ event: 'signed_out', ...fields }, 'signed out')
    return asNobody(routed, setCookies)
  }
}

/** Who cannot be told now may be. Because people sign out while the issuer is away, or the store, as at any time. */
async function mayBeSignedIn(
  sessions: LogoutLinkDependencies['sessions'],
  cookies: string | undefined,
): Promise<boolean> {
  try {
    return (await sessions.find(cookies)) !== undefined
  } catch (error) {
    if (error instanceof GatewayError) return true
    throw error
  }
}

function asNobody(routed: RoutedRequest, setCookies: readonly string[]): AuthenticatedRequest {
  return { routed, principal: undefined, setCookies }
}
