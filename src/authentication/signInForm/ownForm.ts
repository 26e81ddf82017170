import { GatewayError } from '../../errors/gatewayError.ts'
import type { ReceivedRequest } from '../../request.ts'

/**
 * Only a page of the application's own may send its form. It carries no proof of ours, so the browser itself has to say
 * where it was sent from; a browser too old for either field at least names the page.
 *
 * Threat: another site signs a person in to an account of its own, and reads what they then write.
 *
 * @throws GatewayError `origin_not_allowed`
 * @see Fetch Metadata Request Headers §2.4
 */
export function checkOwnForm({ incoming }: ReceivedRequest, publicUrl: string): void {
  const { origin, referer, 'sec-fetch-site': site } = incoming.headers
  if (isOwn(origin, site, referer, publicUrl)) return
  throw new GatewayError('origin_not_allowed', 'a form that no page of the public origin has sent')
}

function isOwn(
  origin: string | undefined,
  site: string | undefined,
  referer: string | undefined,
  publicUrl: string,
): boolean {
  // Because a page that sends no referrer posts its forms with `Origin: null`.
  if (origin !== undefined && origin !== 'null' && origin !== publicUrl) return false
  if (site !== undefined) return site === 'same-origin'
  if (origin !== undefined) return origin === publicUrl
  return URL.parse(referer ?? '')?.origin === publicUrl
}
