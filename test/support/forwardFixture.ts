// The forwarding room behind the real listener: everything is authorized and nothing is hidden, so that a test
// sees what forwarding alone does. Refusals are answered with their code as the body.

import { configSchema } from '../../src/config/schema.ts'
import { upstreamSchema } from '../../src/config/schema/upstream.ts'
import { rowOf } from '../../src/errors/catalogue.ts'
import { GatewayError } from '../../src/errors/gatewayError.ts'
import { createWatchedFiles } from '../../src/files/watchedFiles.ts'
import { createForwarding, type Forwarding } from '../../src/forwarding/forwarding.ts'
import type { CredentialRenewal } from '../../src/forwarding/services.ts'
import { isHopByHop, parseConnectionOptions } from '../../src/http/fields.ts'
import { respond } from '../../src/http/respond.ts'
import { createListener } from '../../src/listener/listener.ts'
import type {
  AdmittedRequest,
  AuthenticatedRequest,
  Principal,
  ReceivedRequest,
} from '../../src/request.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { systemClock } from '../../src/time.ts'
import type { FinishedRequest } from '../../src/telemetry/requestLog.ts'

export interface ForwardFixture extends AsyncDisposable {
  readonly port: number
  readonly forwarding: Forwarding
  readonly metrics: Metrics
  readonly refusals: readonly GatewayError[]
  readonly finished: readonly FinishedRequest[]
}

export interface ForwardFixtureOptions {
  /** Settings of the upstream besides its URL, as the configuration file writes them. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  readonly setCookies?: readonly string[]
  /** The session that the principal has; nobody is signed in without one. */
  readonly sessionId?: string
  /** Where the upstream answers 401. */
  readonly renewal?: CredentialRenewal
  /** Runs before the request is forwarded. */
  readonly beforeForward?: (received: ReceivedRequest) => void | Promise<void>
}

export async function startForwarding(
  url: string,
  options: ForwardFixtureOptions = {},
): Promise<ForwardFixture> {
  const metrics = createMetrics()
  const log = createLog('silent')
  const refusals: GatewayError[] = []
  const finished: FinishedRequest[] = []
  const refuse = (received: ReceivedRequest, error: unknown): void => {
    if (!(error instanceof GatewayError)) throw error
    refusals.push(error)
    const fields = (error.options.setCookies ?? []).flatMap((cookie) => ['Set-Cookie', cookie])
    respond(received, { status: rowOf(error.code).status, body: error.code, fields })
  }
  const upstreams = { app: upstreamSchema.parse({ url, ...options.settings }) }
  const pseudonym = 'postern-under-test'
  const forwarding = createForwarding({
    config: { upstreams, routes: [], publicUrl: 'http://localhost' },
    pseudonym,
    clock: systemClock,
    log,
    metrics,
    refuse,
    renewal: options.renewal,
  })
  const listener = createListener({
    config: { listen: configSchema.shape.listen.parse({ address: '127.0.0.1:0' }) },
    pseudonym,
    files: createWatchedFiles(log),
    log,
    metrics,
    refuse,
    onFinished: (_, outcome) => finished.push(outcome),
    async handle(received) {
      await options.beforeForward?.(received)
      const authenticated = authenticate(received, options)
      assertAdmitted(authenticated)
      forwarding.forward(authenticated, endToEndFields(received.fields))
    },
  })
  const { port } = await listener.listen()
  return {
    port,
    forwarding,
    metrics,
    refusals,
    finished,
    async [Symbol.asyncDispose]() {
      await Promise.all([forwarding.close(), listener.close()])
    },
  }
}

// Because only admission/ makes an AdmittedRequest, and here this stands in its place.
function assertAdmitted(request: AuthenticatedRequest): asserts request is AdmittedRequest {
  if (request.routed.route.upstream !== 'app') throw new Error('a request of no fixture')
}

function authenticate(
  received: ReceivedRequest,
  { sessionId, setCookies = [] }: ForwardFixtureOptions,
): AuthenticatedRequest {
  const [path = '', ...query] = received.target.split(/(?=\?)/)
  return {
    routed: {
      received,
      target: { path, judgedPath: path, query: query.join('') },
      route: {
        index: 0,
        name: 'all',
        match: { path: '/**' },
        access: 'signed-in',
        authenticate: ['session'],
        upstream: 'app',
        identity: { preset: 'none', headers: {}, encoding: 'percent' },
        allow: [],
        allowMethodOverride: false,
        forwardAuthorization: false,
        logout: false,
        preflight: 'refuse',
        websocketOrigins: [],
      },
    },
    principal: sessionId === undefined ? undefined : aPrincipal(sessionId),
    setCookies,
  }
}

function aPrincipal(sessionId: string): Principal {
  const who = { providerId: 'test', issuer: 'https://issuer.test', subject: 'alice', claims: {} }
  const tokens = { idToken: '', accessToken: '', scopes: [] }
  const session = { ...who, id: sessionId, tokens, createdAt: 0, endsAt: Infinity }
  return { ...who, kind: 'person', scopes: [], session }
}

/** What identity/ hands on, without what it writes. */
function endToEndFields(fields: readonly string[]): string[] {
  const nominated = parseConnectionOptions(fields)
  return fields.filter((_, at) => {
    const lowerName = fields[at - (at % 2)]!.toLowerCase()
    return !isHopByHop(lowerName) && !nominated.has(lowerName) && lowerName !== 'expect'
  })
}
