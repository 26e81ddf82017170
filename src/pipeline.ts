// The journey of one request: listener -> routing -> authentication -> authorization -> identity -> forwarding.
// Everything that Postern decides, it decides here, in this order. Each room may throw a GatewayError; its
// code decides the answer (errors/catalogue.ts). Hot: measured by `npm run bench`.

import { GatewayError } from './errors/gatewayError.ts'
import { isNavigation } from './http/navigation.ts'
import { respond } from './http/respond.ts'
import type {
  AuthenticatedRequest,
  AuthorizedRequest,
  EndpointRequest,
  ReceivedRequest,
  RoutedRequest,
} from './request.ts'

export interface Rooms {
  /** One canonical target, and the route for it; or one of the gateway's own URLs. */
  readonly route: (received: ReceivedRequest) => RoutedRequest | EndpointRequest
  readonly answerEndpoint: (request: EndpointRequest) => Promise<void>
  /** Who is calling. A promise only where no cache has the answer. */
  readonly authenticate: (
    routed: RoutedRequest,
  ) => AuthenticatedRequest | Promise<AuthenticatedRequest>
  readonly authorize: (authenticated: AuthenticatedRequest) => AuthorizedRequest
  /**
   * The request's fields as the upstream gets them: the client's cleaned, then ours. A promise only where
   * credentials for the upstream have to be obtained first.
   */
  readonly identify: (authorized: AuthorizedRequest) => string[] | Promise<string[]>
  readonly forward: (authorized: AuthorizedRequest, fields: string[]) => void
  /** Sends a person to the issuer. */
  readonly startLogin: (received: ReceivedRequest, routed: RoutedRequest) => Promise<void>
  /** Renders any error as the answer that the catalogue gives it. Never throws. */
  readonly refuse: (received: ReceivedRequest, error: unknown) => void
}

export function createPipeline(rooms: Rooms): (received: ReceivedRequest) => Promise<void> {
  return async function handle(received) {
    try {
      await pass(rooms, received)
    } catch (error) {
      rooms.refuse(received, error)
    }
  }
}

async function pass(rooms: Rooms, received: ReceivedRequest): Promise<void> {
  const routed = rooms.route(received)
  if ('endpoint' in routed) return rooms.answerEndpoint(routed)
  if (routed.preflightFields !== undefined) {
    return respond(received, { status: 204, fields: routed.preflightFields })
  }
  try {
    const pending = rooms.authenticate(routed)
    const authenticated = pending instanceof Promise ? await pending : pending
    const authorized = rooms.authorize(authenticated)
    const identified = rooms.identify(authorized)
    rooms.forward(authorized, identified instanceof Promise ? await identified : identified)
  } catch (error) {
    if (!isLoginRequired(error) || !isNavigation(received.method, received.incoming.headers)) {
      throw error
    }
    await rooms.startLogin(received, routed)
  }
}

function isLoginRequired(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'login_required'
}
