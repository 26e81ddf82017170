// The gateway's own URLs, by name. What is not in this table is not there.

import { toProtectedResource } from '../config/routes/protectedResources.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { findReturnPlace, toSignInPage } from '../http/redirects.ts'
import { respondRedirect } from '../http/respond.ts'
import type { EndpointRequest, ReceivedRequest, RoutedRequest } from '../request.ts'
import { createCallback } from './callback.ts'
import type { EndpointsDependencies } from './dependencies.ts'
import { createJwks } from './jwks.ts'
import { createLogin } from './login.ts'
import { createLoginAttempts } from './loginAttempts.ts'
import { createLogout } from './logout.ts'
import { createResourceMetadataEndpoint } from './resourceMetadata.ts'
import { createSessionEndpoint } from './session.ts'
import { createSignIn } from './signIn.ts'

export interface Endpoints {
  readonly answer: (request: EndpointRequest) => Promise<void>
  /** Sends a person to the issuer, to the form for passwords or to the route's own page, to come back to the very address that they asked for. */
  readonly startLogin: (received: ReceivedRequest, routed: RoutedRequest) => Promise<void>
}

interface Endpoint {
  readonly methods: readonly string[]
  readonly answer: (request: EndpointRequest) => Promise<void>
}

/** `answer` throws GatewayError `route_not_found`, `method_not_allowed`, and what the endpoints throw. */
export function createEndpoints(dependencies: EndpointsDependencies): Endpoints {
  const attempts = createLoginAttempts(dependencies)
  const login = createLogin(dependencies, attempts)
  const table = new Map<string, Endpoint>([
    ['login', { methods: ['GET'], answer: login.answer }],
    ['callback', { methods: ['GET'], answer: createCallback(dependencies, attempts, login.start) }],
    ['logout', { methods: ['GET', 'POST'], answer: createLogout(dependencies, attempts) }],
    ['session', { methods: ['GET', 'HEAD'], answer: createSessionEndpoint(dependencies) }],
  ])
  for (const { metadataPath } of dependencies.config.protectedResources.map(toProtectedResource)) {
    const answer = createResourceMetadataEndpoint(dependencies.config)
    table.set(metadataPath, { methods: ['GET', 'HEAD'], answer })
  }
  const { listPublicKeys } = dependencies
  if (listPublicKeys !== undefined) {
    table.set('jwks', { methods: ['GET', 'HEAD'], answer: createJwks(listPublicKeys) })
  }
  const { signInWithPassword } = dependencies
  const signIn =
    signInWithPassword === undefined ? undefined : createSignIn(dependencies, signInWithPassword)
  if (signIn !== undefined)
    table.set('sign-in', { methods: ['GET', 'POST'], answer: signIn.answer })
  return {
    answer: async (request) => {
      const endpoint = table.get(request.endpoint)
      if (endpoint === undefined) throw new GatewayError('route_not_found', 'no such endpoint')
      const { received } = request
      received.record.routeName = toName(request.endpoint, dependencies.config.prefix)
      const { methods } = endpoint
      if (!methods.includes(received.method)) {
        throw new GatewayError('method_not_allowed', 'not a method of this endpoint', {
          allow: methods,
        })
      }
      await endpoint.answer(request)
    },
    startLogin: async (received, routed) => {
      const { signInPage, returnParameter } = routed.route
      if (signInPage !== undefined) {
        const place = findReturnPlace(received, dependencies.config)
        return respondRedirect(received, toSignInPage(signInPage, returnParameter, place))
      }
      if (signIn !== undefined && routed.route.authenticate.includes('password')) {
        return signIn.startFromRoute(received, routed)
      }
      await login.startFromRoute(received, routed)
    },
  }
}

function toName(endpoint: string, prefix: string): string {
  return endpoint.startsWith('/') ? endpoint : `${prefix}/${endpoint}`
}
