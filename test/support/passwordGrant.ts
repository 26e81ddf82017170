// The password grant (RFC 6749 §4.3) for the test issuer, with ID Token and refresh token as issuers that speak
// OpenID Connect give them.

import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { errors } from '../../demo/quietProvider.ts'
import type { TestAccount } from './issuerAccounts.ts'

const parameters = ['username', 'password', 'scope']

export function registerPasswordGrant(
  provider: Provider,
  accounts: ReadonlyMap<string, TestAccount>,
): void {
  provider.registerGrantType(
    'password',
    (context) => answer(provider, accounts, context),
    parameters,
  )
}

async function answer(
  provider: Provider,
  accounts: ReadonlyMap<string, TestAccount>,
  context: KoaContextWithOIDC,
): Promise<void> {
  const { client, params } = context.oidc
  const { username, password, scope } = params ?? {}
  const accountId = String(username)
  if (client === undefined || accounts.get(accountId)?.password !== password) {
    throw new errors.InvalidGrant('wrong user name or password')
  }
  const grant = new provider.Grant({ clientId: client.clientId, accountId })
  grant.addOIDCScope(String(scope))
  const grantId = await grant.save()
  const facts = { accountId, client, grantId, scope: String(scope), gty: 'password' }
  const accessToken = new provider.AccessToken({ ...facts, expiresWithSession: false })
  const refreshToken = new provider.RefreshToken({
    ...facts,
    expiresWithSession: false,
    rotations: 0,
  })
  const saved = await accessToken.save()
  const idToken = new provider.IdToken(
    { sub: accountId, ...accounts.get(accountId)?.claims },
    { ctx: context },
  )
  Object.assign(idToken, { scope: String(scope) })
  idToken.set('at_hash', saved)
  context.body = {
    access_token: saved,
    token_type: 'Bearer',
    expires_in: accessToken.expiration,
    id_token: await idToken.issue({ use: 'idtoken' }),
    refresh_token: await refreshToken.save(),
    scope,
  }
}
