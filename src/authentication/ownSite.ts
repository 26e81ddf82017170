// Whether a request that a browser adds its cookies to by itself was started by a page that may: our own, or one
// that the route lists. What merely reads is not asked: a page of another site does not get to see the answer.

import { GatewayError } from '../errors/gatewayError.ts'
import type { RoutedRequest } from '../request.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Threat: any site could have the browser send a form, or open a WebSocket, with the cookie.
 *
 * @throws GatewayError `origin_not_allowed`
 */
export function checkOwnSite(routed: RoutedRequest, publicUrl: string): void {
  const { received, route } = routed
  if (received.isUpgrade) return checkWebSocketOrigin(routed, publicUrl)
  if (safeMethods.has(received.method)) return
  const { origin, 'sec-fetch-site': site } = received.incoming.headers
  // Because no browser lets a page write either field.
  if (origin === undefined ? site === 'same-origin' : origin === publicUrl) return
  const isListed = route.cors?.credentials === true && route.cors.origins.includes(origin ?? '')
  if (isListed) return
  const detail = `${received.method} with a cookie: ${describeOrigin(origin)}`
  throw new GatewayError('origin_not_allowed', detail)
}

/**
 * For credentials of HTTP Basic, which programs send on purpose, and say nothing of a site.
 *
 * Threat: a browser that was once given them adds them to whatever any site has it send.
 *
 * @throws GatewayError `origin_not_allowed`
 */
export function checkOwnSiteOfBrowser(routed: RoutedRequest, publicUrl: string): void {
  const { origin, 'sec-fetch-site': site } = routed.received.incoming.headers
  if (origin !== undefined || site !== undefined) checkOwnSite(routed, publicUrl)
}

/**
 * Threat: a WebSocket is no subject to CORS; any site could open one with this browser's cookie.
 *
 * @throws GatewayError `origin_not_allowed`
 */
export function checkWebSocketOrigin({ received, route }: RoutedRequest, publicUrl: string): void {
  const { origin } = received.incoming.headers
  if (origin === publicUrl) return
  if (origin !== undefined && route.websocketOrigins.includes(origin)) return
  const detail = `a WebSocket with a cookie: ${describeOrigin(origin)}; see websocketOrigins`
  throw new GatewayError('origin_not_allowed', detail)
}

const serialisedOrigin = /^(null|[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9.:[\]_-]+)$/
const maxLoggedOrigin = 200

// Threat: whoever calls may write anything into it.
function describeOrigin(origin: string | undefined): string {
  if (origin === undefined) return 'no Origin'
  const isOne = origin.length <= maxLoggedOrigin && serialisedOrigin.test(origin)
  return isOne ? `Origin ${origin} is not allowed` : 'an Origin that is none'
}
