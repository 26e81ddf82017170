// A whole gateway between real neighbours: an issuer, an upstream, and people with browsers. The gateway runs
// in this process, from a configuration that went through the same loading as a file does.

import { loadConfig } from '../../src/config/load.ts'
import { formatProblems } from '../../src/config/problems/problem.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { createGateway } from '../../src/gateway.ts'
import type { Gateway } from '../../src/gateway/lifecycle.ts'
import { findRouteProblems } from '../../src/routing/routeProblems.ts'
import { createLog } from '../../src/telemetry/log.ts'
import type { Clock } from '../../src/time.ts'
import { createFolder } from './folder.ts'
import { createHttpClient, type HttpAnswer, type HttpClient } from './httpClient.ts'
import { startIssuer, type TestIssuer, type TestIssuerOptions } from './issuer.ts'
import { freePort } from './ports.ts'
import { startUpstream, type Upstream } from './upstream.ts'

type Change<T> = { readonly [K in keyof T]?: T[K] }

export interface WorldOptions {
  readonly routes?: ConfigInput['routes']
  readonly sessions?: ConfigInput['sessions']
  readonly provider?: Change<ConfigInput['providers'][number]>
  /** Laid over everything else; `listen` and `upstreams` setting by setting. */
  readonly config?: Change<ConfigInput>
  readonly issuer?: TestIssuerOptions
  /** An upstream that is there already; the world then does not stop it. */
  readonly upstream?: Upstream
  readonly clock?: Clock
  /** Of the first replica; for issuers that have to know it beforehand. Default: a free one. */
  readonly port?: number
  /** Several gateways, one configuration: `world.replicas`. */
  readonly replicas?: number
}

export interface Replica {
  readonly gateway: Gateway
  readonly port: number
  readonly adminPort: number
}

export interface World extends AsyncDisposable {
  /** `http://localhost:PORT` unless the configuration says otherwise: where browsers find the first replica. */
  readonly publicUrl: string
  readonly port: number
  readonly adminUrl: string
  readonly replicas: readonly Replica[]
  readonly issuer: TestIssuer
  readonly upstream: Upstream
  /** Everything that was logged, one parsed line each. */
  readonly logLines: readonly Readonly<Record<string, unknown>>[]
  /** The same as it was written. */
  logText(): string
  /** A browser of its own, without any cookie. */
  browser(): HttpClient
  /** A browser that has signed in at `path`, and the page it got. */
  signIn(who?: string, path?: string): Promise<{ client: HttpClient; page: HttpAnswer }>
  stop(): Promise<void>
}

/** What routes there are unless a test says otherwise. */
export const usualRoutes: ConfigInput['routes'] = [
  { match: { path: '/public/**' }, access: 'public', upstream: 'app' },
  { match: { path: '/optional/**' }, access: 'optional', upstream: 'app' },
  {
    match: { path: '/admin/**' },
    require: { groups: { anyOf: ['admins'] } },
    upstream: 'app',
  },
  { match: { path: '/**' }, upstream: 'app' },
]

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const stack = new AsyncDisposableStack()
  try {
    return await build(stack, options)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function build(stack: AsyncDisposableStack, options: WorldOptions): Promise<World> {
  const upstream = options.upstream ?? stack.use(await startUpstream())
  const port = options.port ?? (await freePort())
  const publicUrl = options.config?.publicUrl ?? `http://localhost:${port}`
  const issuer = stack.use(
    await startIssuer({
      redirectUris: [`${publicUrl}/.postern/callback`],
      postLogoutRedirectUris: [`${publicUrl}/.postern/logout`],
      ...options.issuer,
    }),
  )
  const written: string[] = []
  const log = createLog('debug', { write: (line) => void written.push(line) })
  const replicas: Replica[] = []
  for (let at = 0; at < (options.replicas ?? 1); at += 1) {
    const input = toInput(options, { publicUrl, port: at === 0 ? port : 0, issuer, upstream })
    const gateway = createGateway({
      config: await loadInput(input),
      log,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    })
    const addresses = await gateway.start()
    stack.defer(() => gateway.stop())
    replicas.push({ gateway, port: addresses.public.port, adminPort: addresses.admin.port })
  }
  // Because another public URL is somebody's TLS terminator in front: its name leads to our port, too.
  const browser = () => createHttpClient({ ports: { [publicUrl]: replicas[0]!.port } })
  return {
    publicUrl,
    port: replicas[0]!.port,
    adminUrl: `http://127.0.0.1:${replicas[0]!.adminPort}`,
    replicas,
    issuer,
    upstream,
    get logLines() {
      return written.map(parseLine)
    },
    logText: () => written.join(''),
    browser,
    signIn: async (who = 'alice', path = '/') => {
      const client = browser()
      const form = await client.navigate(publicUrl + path)
      return { client, page: await client.submitForm(form, { login: who, password: who }) }
    },
    stop: () => stack.disposeAsync(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

interface Places {
  readonly publicUrl: string
  readonly port: number
  readonly issuer: TestIssuer
  readonly upstream: Upstream
}

function toInput(options: WorldOptions, places: Places): ConfigInput {
  const { issuer, upstream, publicUrl, port } = places
  return {
    publicUrl,
    admin: { address: '127.0.0.1:0' },
    providers: [
      {
        id: 'test',
        issuer: issuer.issuer,
        clientId: issuer.clientId,
        clientSecret: issuer.clientSecret,
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
        ...options.provider,
      },
    ],
    sessions: { keys: ['a-key-of-32-bytes-that-nobody-else-has-used'], ...options.sessions },
    routes: options.routes ?? usualRoutes,
    log: { level: 'debug' },
    insecure: { allowHttpIssuer: true },
    ...options.config,
    upstreams: { app: { url: upstream.url }, ...options.config?.upstreams },
    listen: {
      address: `127.0.0.1:${port}`,
      drainTimeout: '500ms',
      ...options.config?.listen,
    },
  }
}

/** Through a file and the real loader, so that a test cannot run what an operator could not write. */
async function loadInput(input: ConfigInput) {
  await using folder = await createFolder()
  // Because JSON is YAML.
  const file = await folder.write('postern.yaml', JSON.stringify(input))
  const loaded = await loadConfig(file, {}, findRouteProblems)
  if ('problems' in loaded) throw new Error(formatProblems('postern.yaml', loaded.problems))
  return loaded.config
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  const value: Readonly<Record<string, unknown>> = JSON.parse(line)
  return value
}
