// The journey of one request: listener -> routing -> authentication -> authorization -> admission -> identity
// -> forwarding; admission also has the first word about the address.
// Everything that Postern decides, it decides here, in this order. Each room may throw a GatewayError; its
// code decides the answer (errors/catalogue.ts). Hot: measured by `npm run bench`.

import { GatewayError } from './errors/gatewayError.ts'
import { isNavigation } from './http/navigation.ts'
import { respond } from './http/respond.ts'
import type {
  AdmittedRequest,
  ArrivedRequest,
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
  /** Whether this address may ask now. A promise only where Redis counts. */
  readonly arrive: (routed: RoutedRequest) => ArrivedRequest | Promise<ArrivedRequest>
  /**
   * Who is calling; undefined where the request has been answered, as a sign-in by an application's own form is. A
   * promise only where no cache has the answer.
   */
  readonly authenticate: (
    routed: RoutedRequest,
  ) => AuthenticatedRequest | undefined | Promise<AuthenticatedRequest | undefined>
  readonly authorize: (authenticated: AuthenticatedRequest) => AuthorizedRequest
  /** Whether the route takes the request now. A promise only where Redis counts. */
  readonly admit: (
    authorized: AuthorizedRequest,
    arrived: ArrivedRequest,
  ) => AdmittedRequest | Promise<AdmittedRequest>
  /**
   * The request's fields as the upstream gets them: the client's cleaned, then ours. A promise only where
   * credentials for the upstream have to be obtained first.
   */
  readonly identify: (admitted: AdmittedRequest) => string[] | Promise<string[]>
  readonly forward: (admitted: AdmittedRequest, fields: string[]) => void
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
    const arriving = rooms.arrive(routed)
    const arrived = arriving instanceof Promise ? await arriving : arriving
    const pending = rooms.authenticate(arrived)
    const authenticated = pending instanceof Promise ? await pending : pending
    if (authenticated === undefined) return
    const admitting = rooms.admit(rooms.authorize(authenticated), arrived)
    const admitted = admitting instanceof Promise ? await admitting : admitting
    const identified = rooms.identify(admitted)
    rooms.forward(admitted, identified instanceof Promise ? await identified : identified)
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
