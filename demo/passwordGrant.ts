// The password grant (RFC 6749 §4.3), which oidc-provider has not: with ID Token and refresh token, as issuers that speak
// OpenID Connect give them.

import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { errors } from './quietProvider.ts'

/** The claims of whoever has this name and password, `sub` among them; undefined where nobody has. */
export type FindClaims = (
  username: string,
  password: string,
) => { readonly sub: string; readonly [claim: string]: unknown } | undefined

const parameters = ['username', 'password', 'scope']

export function registerPasswordGrant(provider: Provider, findClaims: FindClaims): void {
  provider.registerGrantType(
    'password',
    (context) => answer(provider, findClaims, context),
    parameters,
  )
}

async function answer(
  provider: Provider,
  findClaims: FindClaims,
  context: KoaContextWithOIDC,
): Promise<void> {
  const { client, params } = context.oidc
  const { username, password, scope } = params ?? {}
  const claims = findClaims(String(username), String(password))
  if (client === undefined || claims === undefined) {
    throw new errors.InvalidGrant('wrong user name or password')
  }
  const accountId = claims.sub
  const grant = new provider.Grant({ clientId: client.clientId, accountId })
  grant.addOIDCScope(String(scope))
  const grantId = await grant.save()
  const facts = { accountId, client, grantId, scope: String(scope), gty: 'password' }
  const accessToken = new provider.AccessToken({ ...facts, expiresWithSession: false })
  const refreshToken = client.grantTypeAllowed('refresh_token')
    ? new provider.RefreshToken({ ...facts, expiresWithSession: false, rotations: 0 })
    : undefined
  const saved = await accessToken.save()
  const idToken = new provider.IdToken({ ...claims }, { ctx: context })
  Object.assign(idToken, { scope: String(scope) })
  idToken.set('at_hash', saved)
  context.body = {
    access_token: saved,
    token_type: 'Bearer',
    expires_in: accessToken.expiration,
    id_token: await idToken.issue({ use: 'idtoken' }),
    refresh_token: await refreshToken?.save(),
    scope,
  }
}
