// Whether who sends a token is who it is bound to (its `cnf`). Asked for every request, whatever is known of the
// token: the verdict on a token is kept, a proof never is. Hot for bearer tokens, which have nothing to prove.

import type { Confirmation, ConfirmationMember } from '../oidc/confirmation.ts'
import type { TokenVerdict } from '../oidc/resourceServer.ts'
import type { AuthenticationResult, Principal, RoutedRequest } from '../request.ts'
import type { PresentedToken } from './bearerCredentials.ts'

type Rejected = Extract<AuthenticationResult, { outcome: 'rejected' }>

/** What one kind of binding has to go by. */
export interface BoundToken extends PresentedToken {
  readonly routed: RoutedRequest
  readonly principal: Principal
  /** The value of the member of `cnf`. */
  readonly bound: string
}

/** Undefined where the sender has proved it. */
export type PossessionCheck = (
  token: BoundToken,
) => Rejected | undefined | Promise<Rejected | undefined>

/** One for each kind; what has none here is refused with the token (oidc/confirmation.ts). */
export type PossessionChecks = Readonly<Record<ConfirmationMember, PossessionCheck>>

export function createPossession(
  checks: PossessionChecks,
): (
  routed: RoutedRequest,
  presented: PresentedToken,
  verdict: TokenVerdict,
) => AuthenticationResult | Promise<AuthenticationResult> {
  async function prove(token: Omit<BoundToken, 'bound'>, cnf: Confirmation) {
    for (const [member, check] of Object.entries(checks)) {
      const bound = new Map(Object.entries(cnf)).get(member)
      const rejected = bound === undefined ? undefined : await check({ ...token, bound })
      if (rejected !== undefined) return rejected
    }
    return undefined
  }

  return (routed, presented, verdict) => {
    if (verdict.outcome === 'rejected') return verdict
    const { outcome, principal, setCookies, confirmation } = verdict
    if (confirmation === undefined) {
      if (presented.scheme === 'Bearer') {
        // Because the verdict is kept without it.
        return { outcome, principal, setCookies, accessToken: presented.token }
      }
      return unbound
    }
    if (presented.scheme === 'DPoP' && confirmation.jkt === undefined) return unbound
    return prove({ ...presented, routed, principal }, confirmation).then(
      (rejected) => rejected ?? { outcome, principal, setCookies },
    )
  }
}

// RFC 9449 §7.1.
const unbound: Rejected = {
  outcome: 'rejected',
  code: 'invalid_token',
  detail: 'cnf: has no jkt, and was sent with DPoP',
}
