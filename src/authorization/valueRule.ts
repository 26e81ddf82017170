// Rules over the values of one claim: `[a, b]`, `anyOf`, `allOf`. Values are compared with their type: the
// claim "5" is not 5. Hot: compiled at start, nothing allocated per request; measured by `npm run bench`.

import type { Truth } from './rule.ts'

export type Scalar = string | number | boolean

/** As configured; a list is short for `allOf`. */
export type ValueRule<T extends Scalar = Scalar> =
  | readonly T[]
  | { readonly anyOf?: readonly T[] | undefined; readonly allOf?: readonly T[] | undefined }

/** Whether what is held has the value that is wanted. */
export type Compare<Held, Wanted extends Scalar> = (held: Held, wanted: Wanted) => Truth

export interface CompiledValueRule<Held> {
  readonly judge: (held: Held) => Truth
  /** Which part does not hold. */
  readonly findFailedPart: (held: Held) => 'anyOf' | 'allOf'
  /** `all of a, b`, `any of a, b`, or both. */
  readonly wanted: string
}

export function compileValueRule<Held, Wanted extends Scalar>(
  rule: ValueRule<Wanted>,
  compare: Compare<Held, Wanted>,
): CompiledValueRule<Held> {
  const { anyOf, allOf } = toParts(rule)
  const judgeAll = allOf === undefined ? holds : compileAll(allOf, compare)
  const judgeAny = anyOf === undefined ? holds : compileAny(anyOf, compare)
  return {
    judge(held) {
      const all = judgeAll(held)
      if (all === 'fails') return all
      const any = judgeAny(held)
      return any === 'holds' ? all : any
    },
    findFailedPart: (held) => (judgeAll(held) === 'holds' ? 'anyOf' : 'allOf'),
    wanted: [describe('all of', allOf), describe('any of', anyOf)].filter(Boolean).join(' and '),
  }
}

function holds(): Truth {
  return 'holds'
}

function compileAll<Held, Wanted extends Scalar>(
  values: readonly Wanted[],
  compare: Compare<Held, Wanted>,
): (held: Held) => Truth {
  return (held) => {
    let truth: Truth = 'holds'
    for (const wanted of values) {
      const found = compare(held, wanted)
      if (found === 'fails') return found
      if (found === 'unknown') truth = found
    }
    return truth
  }
}

function compileAny<Held, Wanted extends Scalar>(
  values: readonly Wanted[],
  compare: Compare<Held, Wanted>,
): (held: Held) => Truth {
  return (held) => {
    let truth: Truth = 'fails'
    for (const wanted of values) {
      const found = compare(held, wanted)
      if (found === 'holds') return found
      if (found === 'unknown') truth = found
    }
    return truth
  }
}

function describe(words: string, values: readonly Scalar[] | undefined): string {
  return values === undefined ? '' : `${words} ${values.join(', ')}`
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
