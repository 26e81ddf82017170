// Rules over the values of one claim: `[a, b]`, `anyOf`, `allOf`. Values are compared with their type: the
// claim "5" is not 5. Hot: compiled at start, nothing allocated per request; measured by `npm run bench`.

import type { ClaimValue } from '../sessions/session.ts'

type Scalar = string | number | boolean

/** As configured; a list is short for `allOf`. */
export type ValueRule<T extends Scalar = Scalar> =
  | readonly T[]
  | { readonly anyOf?: readonly T[] | undefined; readonly allOf?: readonly T[] | undefined }

/** Which part of a rule the values fail; undefined where they hold. */
export type CheckValues = (held: ClaimValue | undefined) => 'anyOf' | 'allOf' | undefined

export function compileValueRule(rule: ValueRule): CheckValues {
  const { anyOf, allOf } = toParts(rule)
  return (held) => {
    if (allOf !== undefined && !allOf.every((wanted) => holds(held, wanted))) return 'allOf'
    if (anyOf !== undefined && !anyOf.some((wanted) => holds(held, wanted))) return 'anyOf'
    return undefined
  }
}

/** Every value that the rule names. */
export function valuesOf<T extends Scalar>(rule: ValueRule<T>): readonly T[] {
  const { anyOf, allOf } = toParts(rule)
  return [...(allOf ?? []), ...(anyOf ?? [])]
}

function toParts<T extends Scalar>(rule: ValueRule<T>): Exclude<ValueRule<T>, readonly T[]> {
  return isList(rule) ? { allOf: rule } : rule
}

// Because Array.isArray does not narrow a readonly array out of a union.
function isList<T extends Scalar>(rule: ValueRule<T>): rule is readonly T[] {
  return Array.isArray(rule)
}

// Threat: a text claim is one value and never split; "staff,admin" is no member of admin.
function holds(held: ClaimValue | undefined, wanted: Scalar): boolean {
  return Array.isArray(held) ? held.includes(wanted) : held === wanted
}
