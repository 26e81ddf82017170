// A real OpenID Connect issuer (oidc-provider) in this process, on a free port of localhost: two accounts,
// a plain sign-in form, no consent page, no logout question. Its keys and what it stores survive
// stop() and restart(), so that an outage can be played.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Provider, type ClientMetadata, type Configuration } from 'oidc-provider'
import type { BrowserCookies } from './cookieJar.ts'
import { createHttpClient, type HttpAnswer } from './httpClient.ts'
import { answerInteraction, createAccounts, type TestAccount } from './issuerAccounts.ts'

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
}

/** Requests that reached the issuer. */
export interface IssuerCounts {
  discovery: number
  jwks: number
  token: number
  userinfo: number
}

export interface TestIssuer extends AsyncDisposable {
  /** `http://localhost:PORT`, its identifier. */
  readonly issuer: string
  readonly port: number
  readonly clientId: string
  readonly clientSecret: string
  readonly counts: IssuerCounts
  /** By login name. What is changed here shows in the next ID Token and userinfo answer. */
  readonly accounts: Map<string, TestAccount>
  readonly provider: Provider
  /** Signs in as a browser would, and returns the callback URL that it would be sent to. */
  signInOverHttp(
    authorizationUrl: string,
    credentials?: Credentials,
    cookies?: BrowserCookies,
  ): Promise<string>
  /** From now on every refresh token so far is answered `invalid_grant`. */
  revokeRefreshTokens(): Promise<void>
  /** Refuses connections until restart(). */
  stop(): Promise<void>
  /** Listens on the same port again. */
  restart(): Promise<void>
}

export interface Credentials {
  readonly login: string
  readonly password: string
}

const alice: Credentials = { login: 'alice', password: 'alice' }
const clientId = 'postern'
const clientSecret = 'postern-secret'

// Because a 2,048-bit RSA key takes longer to make than all else here: one a process is enough.
const signingKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  alg: 'RS256',
  kid: randomUUID(),
}

export async function startIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const counts: IssuerCounts = { discovery: 0, jwks: 0, token: 0, userinfo: 0 }
  const accounts = createAccounts()
  let handle: Handle = answerNothing
  let server: Server | undefined = await listen(options.port ?? 0, (request, response) =>
    handle(request, response),
  )
  const port = portOf(server)
  const issuer = `http://localhost:${port}`
  const provider = new Provider(issuer, toConfiguration(options, accounts))
  const grants = followGrants(provider)
  const answer = provider.callback()
  handle = (request, response) => {
    count(counts, request.url ?? '')
    if (request.url?.startsWith('/interaction/') === true) {
      void answerInteraction(provider, accounts, request, response)
    } else void answer(request, response)
  }

  const stop = async (): Promise<void> => {
    const closing = server
    server = undefined
    if (closing === undefined) return
    closing.closeAllConnections()
    closing.close()
    await once(closing, 'close')
  }
  return {
    issuer,
    port,
    clientId,
    clientSecret,
    counts,
    accounts,
    provider,
    signInOverHttp: (url, credentials = alice, cookies) =>
      signInOverHttp(issuer, url, { credentials, cookies }),
    async revokeRefreshTokens() {
      for (const grantId of grants) await provider.RefreshToken.revokeByGrantId(grantId)
      grants.clear()
    },
    stop,
    async restart() {
      await stop()
      server = await listen(port, (request, response) => handle(request, response))
    },
    [Symbol.asyncDispose]: stop,
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void

const answerNothing: Handle = (request) => request.destroy()

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on no port')
  return address.port
}

async function listen(port: number, handle: Handle): Promise<Server> {
  const server = createServer(handle)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function toConfiguration(
  options: TestIssuerOptions,
  accounts: Map<string, TestAccount>,
): Configuration {
  return {
    clients: [...(options.clients ?? [defaultClient(options)])],
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
    },
  }
}

function defaultClient(options: TestIssuerOptions): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [...(options.redirectUris ?? ['http://127.0.0.1/callback'])],
    post_logout_redirect_uris: [...(options.postLogoutRedirectUris ?? [])],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
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

function followGrants(provider: Provider): Set<string> {
  const grants = new Set<string>()
  provider.on('refresh_token.saved', ({ grantId }) => {
    if (grantId !== undefined) grants.add(grantId)
  })
  return grants
}

function count(counts: IssuerCounts, url: string): void {
  if (url.startsWith('/.well-known/openid-configuration')) counts.discovery += 1
  else if (url.startsWith('/jwks')) counts.jwks += 1
  else if (url === '/token') counts.token += 1
  else if (url.startsWith('/me')) counts.userinfo += 1
}

async function signInOverHttp(
  issuer: string,
  authorizationUrl: string,
  as: { credentials: Credentials; cookies: BrowserCookies | undefined },
): Promise<string> {
  const client = createHttpClient(as.cookies === undefined ? {} : { cookies: as.cookies })
  const fields = ['Accept', 'text/html', 'Content-Type', 'application/x-www-form-urlencoded']
  let answer = await client.request(authorizationUrl, { fields })
  for (let step = 0; step < 10; step += 1) {
    const next = nextLocation(answer)
    if (next === undefined) {
      const body = new URLSearchParams({ ...as.credentials }).toString()
      answer = await client.request(answer.url, { method: 'POST', fields, body })
    } else if (next.startsWith(`${issuer}/`)) answer = await client.request(next, { fields })
    else return next
  }
  throw new Error(`the sign-in did not end: ${answer.status} at ${answer.url}`)
}

function nextLocation(answer: HttpAnswer): string | undefined {
  const { location } = answer.headers
  if (location !== undefined) return new URL(location, answer.url).href
  if (answer.status === 200) return undefined
  throw new Error(`the issuer answered ${answer.status}: ${answer.text}`)
}
