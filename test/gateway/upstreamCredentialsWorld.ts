// A gateway whose upstreams are each sent other credentials, and applications that say 401 to those that they are told
// to refuse.

import type { ConfigInput } from '../../src/config/schema.ts'
import { createStillClock, type TurnableClock } from '../support/clock.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import {
  allowTokenExchange,
  exchangeGrantType,
  type TokenExchange,
} from '../support/tokenExchange.ts'
import { recordBody, startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'

export const api = 'https://api.example'
export const billing = 'https://billing.example'
export const stock = 'https://stock.example'

export interface Application extends Upstream {
  /** Values of Authorization that it answers 401 to; every one where it holds `all`. */
  readonly refused: Set<string>
  /** What stood in Authorization, request by request. */
  readonly authorizations: () => (string | undefined)[]
}

export async function startApplication(): Promise<Application> {
  const refused = new Set<string>()
  const upstream = await startUpstream(async (request, response, recorded) => {
    const { authorization = '' } = request.headers
    const isRefused = refused.has('all') || refused.has(authorization)
    // Because an application may refuse a request before it has read it.
    if (!isRefused) await recordBody(request, recorded)
    response.writeHead(isRefused ? 401 : 200, isRefused ? { 'X-Refused': 'yes' } : {})
    response.end(isRefused ? 'refused by the application' : 'served')
  })
  const authorizations = () => upstream.requests.map(({ headers }) => headers.authorization)
  return Object.assign(upstream, { refused, authorizations })
}

export interface CredentialsWorld extends AsyncDisposable {
  readonly world: World
  readonly clock: TurnableClock
  readonly exchange: TokenExchange
  readonly app: Application
  readonly other: Application
  /** As a machine that says who it is, or as nobody. */
  call(path: string, details?: CallDetails): Promise<HttpAnswer>
}

export interface CallDetails {
  readonly token?: string
  readonly method?: string
  readonly fields?: readonly string[]
  readonly body?: string
}

export interface CredentialsWorldOptions {
  /** Of `app`. */
  readonly credentials: NonNullable<ConfigInput['upstreams'][string]['credentials']>
  /** Of `other`. */
  readonly others?: ConfigInput['upstreams'][string]['credentials']
  readonly access?: 'public' | 'optional'
  readonly accessTokenLifetime?: number
  readonly refreshTokens?: boolean
  readonly clients?: readonly { readonly id: string; readonly secret: string }[]
}

/** `/other/**` leads to `other`, everything else to `app`. */
export async function startCredentialsWorld(
  options: CredentialsWorldOptions,
): Promise<CredentialsWorld> {
  const stack = new AsyncDisposableStack()
  const clock = createStillClock()
  const port = await freePort()
  const app = stack.use(await startApplication())
  const other = stack.use(await startApplication())
  let exchange: TokenExchange | undefined
  const { access, accessTokenLifetime = 600, refreshTokens = true } = options
  const ways = { authenticate: ['session', 'bearer'] as ('session' | 'bearer')[] }
  const world = stack.use(
    await startWorld({
      clock,
      port,
      upstream: app,
      issuer: {
        accessTokenLifetime,
        refreshTokens,
        apis: Object.fromEntries(
          [api, billing, stock].map((each) => [each, { scope: 'read', format: 'jwt' }]),
        ),
        clients: toClients(port, options),
        prepare: (provider) => void (exchange = allowTokenExchange(provider)),
      },
      provider: { bearer: { audiences: [api] } },
      config: {
        upstreams: {
          app: { url: app.url, credentials: options.credentials },
          other: { url: other.url, credentials: options.others ?? { type: 'none' } },
        },
      },
      routes: [
        { match: { path: '/other/**' }, ...ways, upstream: 'other' },
        {
          match: { path: '/**' },
          ...ways,
          ...(access === undefined ? {} : { access }),
          upstream: 'app',
        },
      ],
    }),
  )
  return {
    world,
    clock,
    exchange: exchange!,
    app,
    other,
    call: (path, { token, fields = [], ...details } = {}) =>
      world.browser().request(world.publicUrl + path, {
        ...details,
        fields: [...(token === undefined ? [] : ['Authorization', `Bearer ${token}`]), ...fields],
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function toClients(port: number, { clients = [], refreshTokens }: CredentialsWorldOptions) {
  const ofMachines = { redirect_uris: [], response_types: [] }
  return [
    {
      client_id: 'postern',
      client_secret: 'postern-secret',
      redirect_uris: [`http://localhost:${port}/.postern/callback`],
      grant_types: [
        'authorization_code',
        'client_credentials',
        exchangeGrantType,
        ...(refreshTokens === false ? [] : ['refresh_token']),
      ],
    },
    ...clients.map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ['client_credentials'],
      ...ofMachines,
    })),
  ]
}
