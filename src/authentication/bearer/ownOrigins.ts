// Which addresses this gateway is known by: publicUrl, the protected resources, and the hosts that routes name. What
// a request says about itself is not enough: whoever sends it writes its Host.

import type { Config } from '../../config/config.ts'
import type { RoutedRequest } from '../../request.ts'

/** Scheme and authority that the request was sent to; undefined for a host that nobody here has named. */
export type FindOwnOrigin = (routed: RoutedRequest) => string | undefined

export function createFindOwnOrigin({
  publicUrl,
  protectedResources,
}: Pick<Config, 'publicUrl' | 'protectedResources'>): FindOwnOrigin {
  const urls = [...protectedResources, publicUrl].map((url) => new URL(url))
  // Because a TLS terminator that is not listed among the trusted proxies leaves us to think that it was http.
  const known = new Map(urls.map(({ host, origin }) => [host, origin]))
  return ({ received, route }) => {
    const { scheme, authority } = received.client
    const named = route.match.host === undefined ? undefined : `${scheme}://${authority}`
    return known.get(authority) ?? named
  }
}
