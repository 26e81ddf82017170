// A real listener whose pipeline goes straight to identity, as on a route that lets everyone through: what the
// upstream would be sent, for bytes as a client writes them.

import type { z } from 'zod'
import { createIdentity } from '../../../src/identity/identity.ts'
import type { Route } from '../../../src/config/routes/route.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { identitySchema } from '../../../src/config/schema/identity.ts'
import { routeSchema } from '../../../src/config/schema/route.ts'
import { upstreamSchema } from '../../../src/config/schema/upstream.ts'
import { respond } from '../../../src/http/respond.ts'
import type { AuthenticatedRequest, AuthorizedRequest, Principal } from '../../../src/request.ts'
import { rawExchange } from '../../support/httpClient.ts'
import { pseudonym, startListener } from '../listener/startListener.ts'

export interface IdentifyOptions {
  readonly route?: Partial<z.input<typeof routeSchema>>
  readonly upstream?: Partial<z.input<typeof upstreamSchema>>
  readonly principal?: Principal
  /** Which claim of the principal's provider holds the groups. */
  readonly groupsClaim?: string
  /** The identity of routes other than this one. */
  readonly elsewhere?: z.input<typeof identitySchema>
  readonly listen?: Readonly<Record<string, unknown>>
}

/** `lines` stand behind Host. Throws where the listener refuses them. */
export async function identifyOverSockets(
  lines: readonly string[],
  options: IdentifyOptions = {},
  requestLine = 'GET / HTTP/1.1',
): Promise<string[]> {
  const { route, identify } = createIdentityFor(options)
  let fields: string[] = []
  await using world = await startListener({
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    handle: async (received) => {
      fields = identify(toAuthorized(route, options.principal, received))
      respond(received, { status: 204 })
    },
  })
  const head = [requestLine, 'Host: App.example:80', 'Connection: close', ...lines, '', '']
  const answer = await rawExchange(world.port, head.join('\r\n'))
  if (!answer.startsWith('HTTP/1.1 204 ')) throw new Error(answer)
  return fields
}

export function createIdentityFor(options: IdentifyOptions) {
  const config = routeSchema.parse({ match: { path: '/**' }, upstream: 'app', ...options.route })
  const identity = config.identity ?? identitySchema.parse({})
  const route: Route = { ...config, index: 0, name: 'all', identity }
  const upstream = upstreamSchema.parse({ url: 'http://127.0.0.1:3000', ...options.upstream })
  const { identify } = createIdentity({
    routes: [route],
    config: {
      publicUrl: 'https://app.example.com',
      upstreams: { app: upstream },
      identity: identitySchema.parse(options.elsewhere ?? {}),
      listen: configSchema.shape.listen.parse(options.listen ?? {}),
      providers: [
        { id: 'genauth', claims: { groups: options.groupsClaim ?? 'groups', roles: 'roles' } },
      ],
    },
    pseudonym,
  })
  return { route, identify }
}

export function toAuthorized(
  route: Route,
  principal: Principal | undefined,
  received: AuthenticatedRequest['routed']['received'],
): AuthorizedRequest {
  const authenticated: AuthenticatedRequest = {
    routed: { received, route, target: { path: '/', judgedPath: '/', query: '' } },
    principal,
    setCookies: [],
  }
  assumeAuthorized(authenticated)
  return authenticated
}

// Because these tests are about what comes behind authorization: everyone is let through.
function assumeAuthorized(request: AuthenticatedRequest): asserts request is AuthorizedRequest {
  if (request.setCookies.length > 0) throw new Error('no answer carries cookies here')
}

export function aPrincipal(claims: Principal['claims'] = {}): Principal {
  return {
    kind: 'person',
    providerId: 'genauth',
    issuer: 'https://issuer.example/oidc',
    subject: 'ada',
    claims,
    scopes: ['openid', 'email'],
  }
}

/** All values of a field among names and values in turn, by its exact name in any case. */
export function valuesOf(fields: readonly string[], name: string): string[] {
  return fields.filter(
    (_value, at) => at % 2 === 1 && fields[at - 1]!.toLowerCase() === name.toLowerCase(),
  )
}

export function namesOf(fields: readonly string[]): string[] {
  return fields.filter((_name, at) => at % 2 === 0)
}
