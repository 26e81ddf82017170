// Rules as closures over the principal, and how they combine. What is not there, or cannot be read, is neither
// known to hold nor known to fail, so that no `not` turns it into access. Hot: compiled at start, nothing
// allocated per request; measured by `npm run bench`.

import type { Principal } from '../request.ts'

export type Truth = 'holds' | 'fails' | 'unknown'

/** `withScopes`: as if every scope were granted that a rule asks for. */
export type Judge = (principal: Principal, withScopes: boolean) => Truth

export interface Rule {
  readonly kind: 'condition' | 'allOf' | 'anyOf' | 'not'
  /** The setting within the route: `require.anyOf[0].groups`. */
  readonly path: string
  /** What it asks for, without the name of the setting: `any of staff, admins`; empty for rules made of rules. */
  readonly wanted: string
  readonly parts: readonly Rule[]
  readonly judge: Judge
  /** For the log, once it did not hold: never a value of the principal. */
  readonly describeFailure: (principal: Principal) => string
  /** The scopes that a condition asks for. */
  readonly scopes?: readonly string[]
  /** The providers whose sign-in a condition asks for. */
  readonly providers?: readonly string[]
}

export function createAllOf(path: string, parts: readonly Rule[]): Rule {
  return {
    kind: 'allOf',
    path,
    wanted: '',
    parts,
    judge(principal, withScopes) {
      let truth: Truth = 'holds'
      for (const part of parts) {
        const found = part.judge(principal, withScopes)
        if (found === 'fails') return found
        if (found === 'unknown') truth = found
      }
      return truth
    },
    describeFailure: () => 'one of its rules does not hold',
  }
}

export function createAnyOf(path: string, parts: readonly Rule[]): Rule {
  return {
    kind: 'anyOf',
    path,
    wanted: '',
    parts,
    judge(principal, withScopes) {
      let truth: Truth = 'fails'
      for (const part of parts) {
        const found = part.judge(principal, withScopes)
        if (found === 'holds') return found
        if (found === 'unknown') truth = found
      }
      return truth
    },
    describeFailure: () => `none of its ${parts.length} rules holds`,
  }
}

const negated: Readonly<Record<Truth, Truth>> = {
  holds: 'fails',
  fails: 'holds',
  unknown: 'unknown',
}

export function createNot(path: string, part: Rule): Rule {
  return {
    kind: 'not',
    path,
    wanted: '',
    parts: [part],
    judge: (principal, withScopes) => negated[part.judge(principal, withScopes)],
    describeFailure: (principal) =>
      part.judge(principal, false) === 'holds' ? 'what it excludes holds' : 'it cannot be told',
  }
}
