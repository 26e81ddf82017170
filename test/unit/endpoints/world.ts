// The gateway's own URLs over real sockets: the real listener, routing, authentication, authorization and a
// real issuer, real sessions, and an answer that names the principal in place of an upstream.

import { createServer } from 'node:net'
import { vi } from 'vitest'
import type { z } from 'zod'
import { createAdmission } from '../../../src/admission/admission.ts'
import { createAuthentication } from '../../../src/authentication/authentication.ts'
import { createAuthorization } from '../../../src/authorization/authorization.ts'
import type { Config } from '../../../src/config/config.ts'
import { isForSignIn } from '../../../src/config/routes/providerUses.ts'
import { toRoutes } from '../../../src/config/routes/routes.ts'
import { withUpstreamSecrets } from '../../../src/config/secrets/upstreamSecrets.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { Secret } from '../../../src/crypto/secret.ts'
import { createEndpoints } from '../../../src/endpoints/endpoints.ts'
import { createRefuse } from '../../../src/errors/refusal.ts'
import { createWatchedFiles } from '../../../src/files/watchedFiles.ts'
import { createCookieJar } from '../../../src/http/cookies.ts'
import { respondJson } from '../../../src/http/respond.ts'
import { createListener } from '../../../src/listener/listener.ts'
import { createRefreshing } from '../../../src/oidc/login/createRefreshing.ts'
import { createRelyingParty } from '../../../src/oidc/login/createRelyingParty.ts'
import { createRespondPage } from '../../../src/pages/respondPage.ts'
import { createPipeline } from '../../../src/pipeline.ts'
import type { Principal, RequestRecord } from '../../../src/request.ts'
import { createRouting } from '../../../src/routing/routing.ts'
import { createFindSignInUrl } from '../../../src/routing/signInUrl.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { createHttpClient, type HttpAnswer, type HttpClient } from '../../support/httpClient.ts'
import { startIssuer, type TestIssuer } from '../../support/issuer.ts'
import type { RedisServer } from '../../support/redis.ts'
import { createLiveSessions, type LiveSessions } from './liveSessions.ts'

type ConfigInput = z.input<typeof configSchema>

export interface WorldOptions {
  readonly routes?: ConfigInput['routes']
  /** Further providers, at the same issuer. */
  readonly furtherProviders?: readonly string[]
  readonly keys?: readonly string[]
  /** Default: memory, or `redis` where there is one. */
  readonly store?: 'cookie'
  /** Keeps the sessions. */
  readonly redis?: RedisServer
}

export interface World extends AsyncDisposable {
  readonly origin: string
  readonly port: number
  readonly issuer: TestIssuer
  readonly sessions: LiveSessions
  readonly metrics: Metrics
  /** What the log would say of the requests so far, newest last. */
  readonly records: RequestRecord[]
  /** Everything that was written to the log. */
  readonly logged: string[]
  readonly clock: { offset: number }
  /** What authentication handed on so far, and whether it needed a promise to. */
  readonly authenticated: {
    readonly principal: Principal | undefined
    readonly wasPromise: boolean
  }[]
  browser(): Browser
}

/** A browser with cookies of its own, here and at the issuer. */
export interface Browser extends HttpClient {
  /** A navigation without following redirects. */
  go(target: string, fields?: readonly string[]): Promise<HttpAnswer>
  /** Starts a login at `target` and signs in at the issuer; the callback URL, not yet asked for. */
  beginLogin(target?: string): Promise<string>
  signIn(target?: string): Promise<HttpAnswer>
}

const key = 'a key of the tests that is at least 32 bytes long'

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const issuer = await startIssuer({
    redirectUris: [`${origin}/.postern/callback`],
    postLogoutRedirectUris: [`${origin}/.postern/logout`],
  })
  const config = toConfig(origin, issuer, options)
  const start = { offset: 0 }
  const clock = { now: () => Date.now() / 1000 + start.offset }
  const logged: string[] = []
  const log = createLog('debug', { write: (line) => logged.push(line) })
  const metrics = createMetrics()
  const jar = createCookieJar(origin)
  const relyingParties = new Map(
    config.providers.filter(isForSignIn).map((provider) => [
      provider.id,
      createRelyingParty({
        provider,
        clockSkew: 30_000,
        allowHttp: true,
        neededClaims: [],
        clock,
        log,
      }),
    ]),
  )
  const sessions = createLiveSessions({
    settings: config.sessions,
    jar,
    ...createRefreshing(relyingParties),
    clock,
    log,
    metrics,
  })
  const routes = toRoutes(config)
  const respondPage = createRespondPage(config.pages)
  const endpoints = createEndpoints({
    config,
    respondPage,
    jar,
    sessions,
    relyingParties,
    findSignInUrl: createFindSignInUrl(routes, config),
    clock,
    log,
    metrics,
  })
  const refuse = createRefuse({ config, log, clock, respondPage })
  const records: RequestRecord[] = []
  const authenticated: World['authenticated'] = []
  const authenticate = createAuthentication({
    config,
    clock,
    sessions,
    resourceServers: new Map(),
    clientCredentialsIssuers: new Map(),
    metrics,
  })
  const { arrive, admit } = createAdmission({ routes, config, clock, log, metrics })
  const handle = createPipeline({
    route: createRouting({ routes, prefix: config.prefix }),
    answerEndpoint: (request) => endpoints.answer(request),
    arrive,
    authenticate: (routed) => {
      const pending = authenticate(routed)
      if (!(pending instanceof Promise)) {
        authenticated.push({ principal: pending.principal, wasPromise: false })
        return pending
      }
      return pending.then((settled) => {
        authenticated.push({ principal: settled.principal, wasPromise: true })
        return settled
      })
    },
    authorize: createAuthorization({ routes, providers: config.providers }),
    admit,
    identify: () => [],
    forward: ({ routed, principal, setCookies }) =>
      respondJson(
        routed.received,
        200,
        { subject: principal?.subject ?? null, target: routed.received.target },
        setCookies.flatMap((cookie) => ['Set-Cookie', cookie]),
      ),
    startLogin: (received, routed) => endpoints.startLogin(received, routed),
    refuse,
  })
  const listener = createListener({
    config,
    pseudonym: 'postern-test',
    handle,
    refuse,
    files: createWatchedFiles(log),
    log,
    metrics,
    onFinished: ({ record }) => records.push(record),
  })
  await listener.listen()
  await vi.waitUntil(() => sessions.isReady(), 10_000)
  return {
    origin,
    port,
    issuer,
    sessions,
    metrics,
    records,
    logged,
    clock: start,
    authenticated,
    browser: () => createBrowser(origin, issuer),
    async [Symbol.asyncDispose]() {
      await listener.close()
      for (const relyingParty of relyingParties.values()) relyingParty.stop()
      await sessions.close()
      await issuer.stop()
    },
  }
}

function toConfig(origin: string, issuer: TestIssuer, options: WorldOptions): Config {
  const ids = ['main', ...(options.furtherProviders ?? [])]
  const parsed = configSchema.parse({
    publicUrl: origin,
    listen: { address: origin.slice('http://'.length) },
    providers: ids.map((id) => ({ id, issuer: issuer.issuer, clientId: issuer.clientId })),
    upstreams: { app: { url: 'http://127.0.0.1:9' } },
    routes: options.routes ?? [{ match: { path: '/**' }, upstream: 'app' }],
  } satisfies ConfigInput)
  const clientSecret = new Secret(issuer.clientSecret)
  const { redis: _, ...sessions } = parsed.sessions
  const { redis, store = redis === undefined ? 'memory' : 'redis' } = options
  return {
    ...parsed,
    formPasswords: [],
    upstreams: withUpstreamSecrets(parsed.upstreams, new Map()),
    providers: parsed.providers.map((provider) => ({ ...provider, clientSecret })),
    sessions: {
      ...sessions,
      store,
      keys: (options.keys ?? [key]).map((text) => new Secret(text)),
      // Because a busy machine alone may take longer than the default.
      ...(redis && { redis: { url: redis.url, commandTimeout: 600, keyPrefix: 'postern:' } }),
    },
  }
}

function createBrowser(origin: string, issuer: TestIssuer): Browser {
  const client = createHttpClient()
  const navigation = [
    'Accept',
    'text/html',
    'Sec-Fetch-Mode',
    'navigate',
    'Sec-Fetch-Dest',
    'document',
  ]
  const go = (target: string, fields: readonly string[] = []): Promise<HttpAnswer> =>
    client.request(new URL(target, origin).href, { fields: [...navigation, ...fields] })
  const beginLogin = async (target = '/'): Promise<string> => {
    const answer = await go(target)
    if (answer.status !== 302) throw new Error(`no login began: ${answer.status} ${answer.text}`)
    return issuer.signInOverHttp(answer.headers.location!)
  }
  return { ...client, go, beginLogin, signIn: async (target) => go(await beginLogin(target)) }
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
