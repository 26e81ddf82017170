// The demo's OpenID Connect issuer: a certified provider with two accounts and a sign-in form. Code flow with PKCE,
// refresh tokens, RP-initiated logout; the password grant; tokens for machines, JWTs where a resource is asked for. Its keys are made at start, its memory ends with it.

import { generateKeyPair, randomBytes, randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { promisify } from 'node:util'
import type { ClientMetadata, Configuration } from 'oidc-provider'
import { accounts, findAccountByPassword, toClaims } from './accounts.ts'
import { confirmSignOutPage, errorPage, frontPage, signedOutPage } from './issuerPages.ts'
import { answerSignIn, interactionPath, sendPage } from './issuerSignIn.ts'
import { signOutByHint } from './issuerSignOut.ts'
import { createIssuerStore } from './issuerStore.ts'
import { registerPasswordGrant } from './passwordGrant.ts'
import { Provider } from './quietProvider.ts'

export interface IssuerOptions {
  /** The identifier, without a path: `http://localhost:8081`. */
  readonly issuer: string
  readonly clients: readonly ClientMetadata[]
}

/** The issuer as a request listener; who listens, and where, is the caller's affair. */
export async function createIssuer(options: IssuerOptions): Promise<RequestListener> {
  const provider = new Provider(options.issuer, await toConfiguration(options))
  registerPasswordGrant(provider, (login, password) => {
    const account = findAccountByPassword(login, password)
    return account && toClaims(account)
  })
  provider.use(signOutByHint)
  const answer = provider.callback()
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (path === '/') sendPage(response, 200, frontPage(options.issuer))
    else if (path.startsWith(interactionPath)) void answerSignIn(provider, request, response)
    else void answer(request, response)
  }
}

async function toConfiguration({ clients }: IssuerOptions): Promise<Configuration> {
  return {
    clients: clients.map((client) => ({
      grant_types: ['authorization_code', 'refresh_token'],
      ...client,
    })),
    adapter: createIssuerStore(),
    jwks: { keys: [await createSigningKey()] },
    findAccount: (_context, accountId) => {
      const account = accounts.find(({ login }) => login === accountId)
      return account && { accountId, claims: () => toClaims(account) }
    },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    // Because the specification grants offline_access only with a consent page, which the demo spares people.
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    loadExistingGrant: grantWhatIsAsked,
    clientBasedCORS: () => false,
    ...placesAndTimes(),
    ...pages(),
  }
}

function placesAndTimes(): Pick<Configuration, 'cookies' | 'interactions' | 'routes' | 'ttl'> {
  return {
    // Because browsers keep cookies by host and not by port: under a path of its own, the issuer's cookies
    // do not travel to the gateway on the same localhost.
    routes: {
      authorization: '/oidc/auth',
      token: '/oidc/token',
      jwks: '/oidc/jwks',
      userinfo: '/oidc/me',
      end_session: '/oidc/session/end',
      introspection: '/oidc/token/introspection',
      revocation: '/oidc/token/revocation',
    },
    interactions: { url: (_context, { uid }) => `${interactionPath}${uid}` },
    cookies: {
      keys: [randomBytes(32)],
      names: { session: 'issuer', interaction: 'issuer_sign_in', resume: 'issuer_resume' },
      long: { path: '/oidc', httpOnly: true, sameSite: 'lax' },
    },
    ttl: {
      AccessToken: 5 * 60,
      AuthorizationCode: 60,
      ClientCredentials: 5 * 60,
      Grant: 12 * 3600,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 12 * 3600,
      Session: 12 * 3600,
    },
  }
}

function pages(): Pick<Configuration, 'features' | 'renderError'> {
  return {
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: ({ oidc }) => {
          const scope = oidc.params?.['scope']
          return { scope: typeof scope === 'string' ? scope : '', accessTokenFormat: 'jwt' }
        },
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = confirmSignOutPage(form)
        },
        postLogoutSuccessSource: (context) => {
          context.body = signedOutPage()
        },
      },
    },
    renderError: (context, out) => {
      context.type = 'html'
      context.body = errorPage(out.error, out.error_description ?? '')
    },
  }
}

const grantWhatIsAsked: NonNullable<Configuration['loadExistingGrant']> = async ({ oidc }) => {
  const grant = new oidc.provider.Grant({
    clientId: oidc.client?.clientId,
    accountId: oidc.session?.accountId,
  })
  const scope = oidc.params?.['scope']
  grant.addOIDCScope(typeof scope === 'string' ? scope : 'openid')
  await grant.save()
  return grant
}

async function createSigningKey() {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ format: 'jwk' })
  return { ...key, use: 'sig', alg: 'RS256', kid: randomUUID() }
}
