import type { Config } from '../config/config.ts'
import type { ReceivedRequest } from '../request.ts'

/**
 * Whether the browser says that the form was on a page of another origin. Old browsers say nothing: whoever asks
 * needs another proof as well.
 *
 * @see Fetch Metadata Request Headers §2.4
 */
export function isPostedByAnotherSite(
  { incoming }: ReceivedRequest,
  { publicUrl }: Pick<Config, 'publicUrl'>,
): boolean {
  const { origin, 'sec-fetch-site': site } = incoming.headers
  // Because our pages send no referrer, their forms are posted with `Origin: null`.
  if (origin !== undefined && origin !== 'null' && origin !== publicUrl) return true
  return site !== undefined && site !== 'same-origin'
}
