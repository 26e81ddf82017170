// Path patterns: whole segments, `*` for exactly one that is not empty, a final `**` for the path itself and
// all below. Case-sensitive. A trailing slash is an empty last segment, so `/x` and `/x/` are two paths.

import { GatewayError } from '../errors/gatewayError.ts'
import { parseTarget } from './target.ts'

export interface PathPattern {
  /** Judged spellings; `undefined` stands for `*`. */
  readonly segments: readonly (string | undefined)[]
  /** Ends in `**`. */
  readonly coversBelow: boolean
}

export interface PatternProblem {
  /** For people, without the pattern itself. */
  readonly problem: string
}

/** A pattern in the spelling that paths are judged in, or what is wrong with it. */
export function parsePathPattern(text: string): PathPattern | PatternProblem {
  const spelt = toAscii(text)
  const judged = findJudgedSegments(spelt)
  if ('problem' in judged) return judged
  const raw = spelt.slice(1).split('/')
  const problem = findWildcardProblem(raw)
  if (problem !== undefined) return { problem }
  const coversBelow = raw.at(-1) === '**'
  // Because an escaped `%2A` is a star in the path, not a wildcard, wildcards are read off the raw text.
  const segments = judged.segments.map((segment, index) =>
    raw[index] === '*' ? undefined : segment,
  )
  return { segments: coversBelow ? segments.slice(0, -1) : segments, coversBelow }
}

function findJudgedSegments(spelt: string): { segments: string[] } | PatternProblem {
  if (!spelt.startsWith('/')) return { problem: 'expected a path pattern that starts with /' }
  try {
    const { judgedPath, query } = parseTarget(spelt)
    if (query !== '') return { problem: 'a path pattern has no query' }
    return { segments: judgedPath.slice(1).split('/') }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { problem: `no request can match this pattern: ${error.detail}` }
  }
}

function findWildcardProblem(raw: readonly string[]): string | undefined {
  const at = raw.findIndex((segment) => segment.includes('*') && segment !== '*')
  if (at === -1) return undefined
  if (raw[at] !== '**') return '* stands for a whole segment, not for a part of one'
  return at === raw.length - 1 ? undefined : '** is only allowed as the last segment'
}

// RFC 3987 §3.1: what is not ASCII is written as escapes of its UTF-8 bytes, as browsers do.
function toAscii(text: string): string {
  return text.toWellFormed().replaceAll(/[^\0-\x7f]+/g, encodeURIComponent)
}
