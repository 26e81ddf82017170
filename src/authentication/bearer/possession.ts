// Whether who sends a token is who it is bound to (its `cnf`). Asked for every request, whatever is known of the
// token: the verdict on a token is kept, a proof never is. Hot for bearer tokens, which have nothing to prove.

import {
  confirmationMembers,
  type Confirmation,
  type ConfirmationMember,
} from '../../oidc/accessTokens/confirmation.ts'
import type { TokenVerdict } from '../../oidc/accessTokens/resourceServer.ts'
import type { AuthenticationResult, Principal, RoutedRequest } from '../../request.ts'
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

/** One for each kind; what has none here is refused with the token (oidc/accessTokens/confirmation.ts). */
export type PossessionChecks = Readonly<Record<ConfirmationMember, PossessionCheck>>

export function createPossession(
  checks: PossessionChecks,
): (
  routed: RoutedRequest,
  presented: PresentedToken,
  verdict: TokenVerdict,
) => AuthenticationResult | Promise<AuthenticationResult> {
  /** In their order, from `first` on; a promise only where a check gives one. */
  function prove(
    token: Omit<BoundToken, 'bound'>,
    cnf: Confirmation,
    first = 0,
  ): ReturnType<PossessionCheck> {
    for (let at = first; at < confirmationMembers.length; at += 1) {
      const member = confirmationMembers[at]!
      const bound = cnf[member]
      if (bound === undefined) continue
      const result = checks[member]({ ...token, bound })
      if (result instanceof Promise) {
        return result.then((rejected) => rejected ?? prove(token, cnf, at + 1))
      }
      if (result !== undefined) return result
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
    const proved: AuthenticationResult = { outcome, principal, setCookies }
    const rejected = prove({ ...presented, routed, principal }, confirmation)
    if (rejected instanceof Promise) return rejected.then((it) => it ?? proved)
    return rejected ?? proved
  }
}

// RFC 9449 §7.1.
const unbound: Rejected = {
  outcome: 'rejected',
  code: 'invalid_token',
  detail: 'cnf: has no jkt, and was sent with DPoP',
}
