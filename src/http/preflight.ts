// CORS preflights: a browser asks, without credentials, whether a page of another origin may make a request.

import type { ReceivedRequest, RoutedRequest } from '../request.ts'

/** The method that a preflight asks for, or undefined for any other request. @see Fetch §3.3.2 */
export function preflightMethod(received: ReceivedRequest): string | undefined {
  if (received.method !== 'OPTIONS') return undefined
  const fields = received.incoming.headers
  return fields.origin === undefined ? undefined : fields['access-control-request-method']
}

/** Whether the request is a preflight that its route passes on: nobody is asked who they are, nobody is named. */
export function isUpstreamPreflight({ route, received }: RoutedRequest): boolean {
  return route.preflight === 'upstream' && preflightMethod(received) !== undefined
}
