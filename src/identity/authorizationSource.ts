// What one upstream is sent in Authorization, by the kind of its credentials. Where it cannot be had the request is
// refused: nothing goes to the upstream without. Hot where configured: a promise only where nothing kept serves.

import type { Secret } from '../crypto/secret.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { isUpstreamPreflight } from '../http/preflight.ts'
import type { ExchangedTokens } from '../oidc/upstreamTokens/exchangedTokens.ts'
import { isIssuerFault, TokenRequestRefused } from '../oidc/issuer/faults.ts'
import type { OwnToken } from '../oidc/upstreamTokens/ownToken.ts'
import type { AuthorizedRequest, Principal } from '../request.ts'
import { toBasicValue } from './basicValue.ts'

export interface AuthorizationSource {
  /**
   * Undefined where nobody is named to the upstream either.
   *
   * @throws GatewayError `upstream_credentials_unavailable`, `upstream_credentials_refused`,
   *   `upstream_user_unknown`, `identity_too_large`, `login_required`
   */
  find(authorized: AuthorizedRequest): string | undefined | Promise<string>
  /** The upstream has answered 401 to this value. True where another may be had; absent where never. */
  drop?(authorized: AuthorizedRequest, value: string): boolean
}

const scheme = 'Bearer '

/** The caller's own access token. */
export const callersToken: AuthorizationSource = {
  find(authorized) {
    if (authorized.principal === undefined) return undefined
    return scheme + findAccessToken(authorized, authorized.principal)
  },
}

/** The gateway's own. On a route that asks nobody, too; but a preflight has no credentials (Fetch §4.8). */
export function fromOwnToken(token: OwnToken): AuthorizationSource {
  return {
    find(authorized) {
      if (isUpstreamPreflight(authorized.routed)) return undefined
      return toValue(authorized, () => token.find())
    },
    drop: (_, value) => token.drop(value.slice(scheme.length)),
  }
}

/** @param issuer whose tokens may be shown to the token endpoint */
export function fromExchange(tokens: ExchangedTokens, issuer: string): AuthorizationSource {
  return {
    find(authorized) {
      const { principal } = authorized
      if (principal === undefined) return undefined
      // Threat: a token that is shown to an issuer that it is not from.
      if (principal.issuer !== issuer) {
        throw toRefusal(authorized, 'upstream_credentials_refused', 'a token of another issuer')
      }
      const accessToken = findAccessToken(authorized, principal)
      return toValue(authorized, () => tokens.find(principal, accessToken))
    },
    drop: ({ principal }, value) =>
      principal !== undefined && tokens.drop(principal, value.slice(scheme.length)),
  }
}

interface KeptValue {
  /** What the password was. */
  readonly revealed: string
  readonly value: string
}

/** As much as all identity headers together: longer ones are refused by servers, in words of their own. */
const maxBasicLength = 8192

export function fromClaim(userClaim: string, password: Secret): AuthorizationSource {
  const kept = new WeakMap<Principal, KeptValue>()
  return {
    find(authorized) {
      const { principal } = authorized
      if (principal === undefined) return undefined
      const revealed = password.reveal()
      const known = kept.get(principal)
      if (known?.revealed === revealed) return known.value
      const value = toBasicValue(principal, userClaim, password)
      if (value === undefined) {
        const detail = `${userClaim}: no text that can be a user name of Basic`
        throw toRefusal(authorized, 'upstream_user_unknown', detail)
      }
      if (value.length > maxBasicLength) {
        const detail = `${userClaim}: ${value.length} bytes as Basic`
        throw toRefusal(authorized, 'identity_too_large', detail)
      }
      kept.set(principal, { revealed, value })
      return value
    },
  }
}

function findAccessToken(authorized: AuthorizedRequest, principal: Principal): string {
  if (authorized.accessToken !== undefined) return authorized.accessToken
  // Because a person gets another by signing in again; unseen, where the issuer still knows them.
  if (principal.session !== undefined) {
    throw toRefusal(authorized, 'login_required', 'the session has no access token that lives')
  }
  throw toRefusal(authorized, 'upstream_credentials_refused', 'the caller has no token to pass on')
}

function toValue(
  authorized: AuthorizedRequest,
  find: () => string | Promise<string>,
): string | Promise<string> {
  const found = find()
  if (typeof found === 'string') return scheme + found
  return found.then(
    (accessToken) => scheme + accessToken,
    (error: unknown) => {
      throw toFault(authorized, error)
    },
  )
}

const retryAfterSeconds = 5

function toFault(authorized: AuthorizedRequest, error: unknown): unknown {
  if (!isIssuerFault(error)) return error
  const isRefused = error instanceof TokenRequestRefused
  return toRefusal(
    authorized,
    isRefused ? 'upstream_credentials_refused' : 'upstream_credentials_unavailable',
    error.message,
    isRefused ? {} : { retryAfterSeconds },
  )
}

type Code =
  | 'identity_too_large'
  | 'login_required'
  | 'upstream_credentials_refused'
  | 'upstream_credentials_unavailable'
  | 'upstream_user_unknown'

function toRefusal(
  { routed, setCookies }: AuthorizedRequest,
  code: Code,
  detail: string,
  options: { readonly retryAfterSeconds?: number } = {},
): GatewayError {
  return new GatewayError(code, `${routed.route.upstream}: ${detail}`, { ...options, setCookies })
}
