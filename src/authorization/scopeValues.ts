// Whether granted scopes cover one that is required. Exactly by default; where the provider says that its
// scopes have wildcards, by whole segments, as GenAuth writes its permissions: `resource:id:action`.
// Hot: measured by `npm run bench`.

import type { Truth } from './rule.ts'

export function compareScope(granted: readonly string[], required: string): Truth {
  return granted.includes(required) ? 'holds' : 'fails'
}

/** The same, with wildcards on both sides. */
export function compareScopeBySegments(granted: readonly string[], required: string): Truth {
  if (granted.includes(required)) return 'holds'
  return granted.some((scope) => coversScope(scope, required)) ? 'holds' : 'fails'
}

/**
 * A segment is what stands between colons. `*` as a whole segment stands for any one segment that is not
 * empty, in the granted scope as in the required one; as the last segment of the granted scope, for all that
 * follow, one at least. A `*` within a segment is a character like any other.
 */
export function coversScope(granted: string, required: string): boolean {
  if (!granted.includes('*') && !required.includes('*')) return granted === required
  const held = granted.split(':')
  const wanted = required.split(':')
  const coversRest = held.at(-1) === '*' && wanted.length > held.length
  if (held.length !== wanted.length && !coversRest) return false
  return wanted.every((segment, at) => coversSegment(held[at] ?? '*', segment))
}

function coversSegment(held: string, wanted: string): boolean {
  if (held === wanted) return true
  return (held === '*' && wanted !== '') || (wanted === '*' && held !== '')
}
