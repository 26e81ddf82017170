import type { IncomingHttpHeaders } from 'node:http'

const destinations = new Set(['document', 'iframe', 'frame'])

/**
 * Whether a person is moving to a page, so that a redirect to a sign-in form makes sense. A script's call,
 * an image or a prefetch is not: a login started for it would be lost, and would push out a real one.
 *
 * @see Fetch Metadata Request Headers §2
 */
export function isNavigation(method: string, fields: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || fields['x-requested-with'] !== undefined) return false
  if (isFetchedAhead(fields)) return false
  const mode = fields['sec-fetch-mode']
  if (mode !== undefined) {
    return mode === 'navigate' && destinations.has(fields['sec-fetch-dest'] ?? 'document')
  }
  return acceptsHtml(fields)
}

/** Whether the browser itself wants to have the page at hand, in case somebody asks for it. */
export function isFetchedAhead(fields: IncomingHttpHeaders): boolean {
  // Because Safari and old browsers have names of their own for it.
  const { purpose = fields['x-moz'] } = fields
  return fields['sec-purpose'] !== undefined || purpose === 'prefetch' || purpose === 'preview'
}

/** Whether a page is a better refusal than JSON. Any method: a person's form POST is answered with a page. */
export function prefersHtml(fields: IncomingHttpHeaders): boolean {
  const mode = fields['sec-fetch-mode']
  if (fields['x-requested-with'] !== undefined) return false
  return mode === undefined ? acceptsHtml(fields) : mode === 'navigate'
}

function acceptsHtml(fields: IncomingHttpHeaders): boolean {
  return fields.accept !== undefined && fields.accept.includes('text/html')
}
