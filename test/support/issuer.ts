// A real OpenID Connect issuer (oidc-provider) in this process, on a free port of localhost: two accounts,
// a plain sign-in form, no consent page, no logout question. Its keys and what it stores survive
// stop() and restart(), so that an outage can be played.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { registerPasswordGrant } from '../../demo/passwordGrant.ts'
import { Provider as QuietProvider } from '../../demo/quietProvider.ts'
import type { BrowserCookies } from './cookieJar.ts'
import { createHttpClient, type HttpAnswer } from './httpClient.ts'
import { answerInteraction, createAccounts, type TestAccount } from './issuerAccounts.ts'
import {
  clientId,
  clientSecret,
  toConfiguration,
  type TestIssuerOptions,
} from './issuerConfiguration.ts'

export type { TestIssuerOptions } from './issuerConfiguration.ts'

/** Requests that reached the issuer. */
export interface IssuerCounts {
  discovery: number
  jwks: number
  token: number
  userinfo: number
  introspection: number
}

export interface TestIssuer extends AsyncDisposable {
  /** `http://localhost:PORT`, and the path where it has one: its identifier. */
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
export async function startIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const counts: IssuerCounts = { discovery: 0, jwks: 0, token: 0, userinfo: 0, introspection: 0 }
  const accounts = createAccounts()
  let handle: Handle = answerNothing
  let server: Server | undefined = await listen(options.port ?? 0, (request, response) =>
    handle(request, response),
  )
  const port = portOf(server)
  const { path = '' } = options
  const issuer = `http://localhost:${port}${path}`
  const provider = new QuietProvider(issuer, toConfiguration(options, accounts))
  if (options.passwordGrant === true) {
    registerPasswordGrant(provider, (username, password) => {
      const account = accounts.get(username)
      return account?.password === password ? { sub: username, ...account.claims } : undefined
    })
  }
  options.prepare?.(provider)
  const grants = followGrants(provider)
  const answer = provider.callback()
  handle = (request, response) => {
    mount(request, path)
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

/** As a framework does for what is mounted under a path; oidc-provider finds its own place by it. */
function mount(request: IncomingMessage & { originalUrl?: string }, path: string): void {
  const { url = '' } = request
  if (path === '' || !url.startsWith(`${path}/`)) return
  request.originalUrl = url
  request.url = url.slice(path.length)
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
  else if (url === '/token/introspection') counts.introspection += 1
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
    } else if (new URL(next).origin === new URL(issuer).origin)
      answer = await client.request(next, { fields })
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
