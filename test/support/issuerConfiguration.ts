// How the test issuer is set up: its client, its claims, consent unasked, logout unasked.

import { generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { errors, type ClientMetadata, type Configuration, type Provider } from 'oidc-provider'
import { createIssuerStore } from '../../demo/issuerStore.ts'
import type { TestAccount } from './issuerAccounts.ts'

export interface TestIssuerOptions {
  /** Redirect URIs of the default client. */
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  /** In place of the default client, `postern` / `postern-secret` with client_secret_basic. */
  readonly clients?: readonly ClientMetadata[]
  /** Seconds. Default 3600. */
  readonly accessTokenLifetime?: number
  /** Whether profile, email and groups stand in the ID Token or at userinfo alone. Default: in both. */
  readonly claimsInIdToken?: boolean
  /** Default true: a refresh token at every login, and a new one at every use. */
  readonly refreshTokens?: boolean
  /** Default: a free one. */
  readonly port?: number
  /** Where under its host it is, such as `/oidc`. Default: everywhere. */
  readonly path?: string
  /**
   * APIs that it hands out access tokens for, by resource indicator, which is the audience. With any, there is
   * a client `machine` / `machine-secret` for client credentials, a client `bound` / `bound-secret` whose tokens are
   * bound to the certificate in its `Client-Cert` field, and introspection and revocation.
   */
  readonly apis?: Readonly<Record<string, TestApi>>
  /** Whether the default client may use the password grant. */
  readonly passwordGrant?: boolean
  /** Called before anybody asks it for anything. */
  readonly prepare?: (provider: Provider) => void
}

export interface TestApi {
  /** Scopes that may be asked for. */
  readonly scope: string
  readonly format: 'jwt' | 'opaque'
}

export const clientId = 'postern'
export const clientSecret = 'postern-secret'

// Because a 2,048-bit RSA key takes longer to make than all else here: one a process is enough.
const signingKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  alg: 'RS256',
  kid: randomUUID(),
}

export function toConfiguration(
  options: TestIssuerOptions,
  accounts: Map<string, TestAccount>,
): Configuration {
  return {
    clients: [
      ...(options.clients ?? [defaultClient(options)]),
      ...(options.apis === undefined ? [] : [machine, bound]),
    ],
    adapter: createIssuerStore(),
    jwks: { keys: [signingKey] },
    cookies: { keys: ['cookies of the test issuer'] },
    findAccount(_context, accountId) {
      const account = accounts.get(accountId)
      if (account === undefined) return undefined
      return { accountId, claims: () => ({ sub: accountId, ...account.claims }) }
    },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', 'roles'],
    },
    scopes: ['openid', 'offline_access'],
    conformIdTokenClaims: options.claimsInIdToken === false,
    pkce: { required: () => true },
    issueRefreshToken: (_context, client) =>
      options.refreshTokens !== false && client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: {
      AccessToken: options.accessTokenLifetime ?? 3600,
      AuthorizationCode: 60,
      ClientCredentials: options.accessTokenLifetime ?? 3600,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: grantEverything,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true, logoutSource: logoutWithoutAsking },
      ...(options.apis === undefined ? {} : apiFeatures(options.apis)),
    },
  }
}

const machine: ClientMetadata = {
  client_id: 'machine',
  client_secret: 'machine-secret',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_basic',
  introspection_signed_response_alg: 'RS256',
}

const bound: ClientMetadata = {
  ...machine,
  client_id: 'bound',
  client_secret: 'bound-secret',
  tls_client_certificate_bound_access_tokens: true,
}

/** As if a TLS terminator stood before it (RFC 9440). */
function findCertificate({ headers }: { headers: IncomingHttpHeaders }): string | undefined {
  const base64 = /^:(.+):$/.exec(String(headers['client-cert']))?.[1]
  return base64 && new X509Certificate(Buffer.from(base64, 'base64')).toString()
}

function apiFeatures(apis: NonNullable<TestIssuerOptions['apis']>): Configuration['features'] {
  return {
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: findCertificate,
    },
    introspection: { enabled: true, allowedPolicy: () => true },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(_context, resource) {
        const api = apis[resource]
        if (api === undefined) throw new errors.InvalidTarget()
        const { scope, format } = api
        return { scope, audience: resource, accessTokenFormat: format }
      },
    },
  }
}

function defaultClient(options: TestIssuerOptions): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [...(options.redirectUris ?? ['http://127.0.0.1/callback'])],
    post_logout_redirect_uris: [...(options.postLogoutRedirectUris ?? [])],
    grant_types: [
      'authorization_code',
      'refresh_token',
      ...(options.passwordGrant === true ? ['password'] : []),
    ],
    token_endpoint_auth_method: 'client_secret_basic',
    ...(options.apis === undefined ? {} : { introspection_signed_response_alg: 'RS256' }),
  }
}

const grantEverything: NonNullable<Configuration['loadExistingGrant']> = async ({ oidc }) => {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client?.clientId,
    accountId: oidc.session?.accountId,
  })
  const scope = oidc.params?.['scope']
  grant.addOIDCScope(typeof scope === 'string' ? scope : 'openid')
  await grant.save()
  return grant
}

function logoutWithoutAsking(context: { body: unknown }, form: string): void {
  const confirmed = form.replace(
    '</form>',
    '<input type="hidden" name="logout" value="yes"></form>',
  )
  context.body = `<!doctype html><title>Signing out</title>${confirmed}
<script>document.forms[0].submit()</script>`
}
