// Whether a claim holds a value. A text claim is one value and never split: "staff,admin" is no member of
// admin. It fails only where it is certain that the value is not there. Hot: measured by `npm run bench`.

import type { ClaimValue } from '../sessions/session.ts'
import type { Truth } from './rule.ts'
import type { Scalar } from './valueRule.ts'

/** A claim that is a list holds each of its entries. */
export function compareClaim(held: ClaimValue | undefined, wanted: Scalar): Truth {
  if (!Array.isArray(held)) return compareValue(held, wanted)
  let truth: Truth = 'fails'
  for (const entry of held as readonly ClaimValue[]) {
    const found = compareValue(entry, wanted)
    if (found === 'holds') return found
    if (found === 'unknown') truth = found
  }
  return truth
}

// Threat: under `not`, a value of another type, or a list that an issuer writes as text, would open the route
// to those that it names.
function compareValue(held: ClaimValue | undefined, wanted: Scalar): Truth {
  if (held === wanted) return 'holds'
  if (typeof held !== typeof wanted) return 'unknown'
  return typeof held === 'string' && isListedIn(held, String(wanted)) ? 'unknown' : 'fails'
}

/** Whether `wanted` stands in the text by itself, between separators. */
function isListedIn(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    if (isSeparated(text, at - 1) && isSeparated(text, at + wanted.length)) return true
  }
  return false
}

function isSeparated(text: string, at: number): boolean {
  return at < 0 || at >= text.length || ' ,;|\t\n'.includes(text.charAt(at))
}
