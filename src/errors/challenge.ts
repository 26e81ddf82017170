// What a refusal asks for in WWW-Authenticate (RFC 9110 §11.6.1): one field for each scheme that the route takes.

import type { ChallengeError } from './catalogue/row.ts'

export type TokenScheme = 'Bearer' | 'DPoP'

/** What a route takes, where that is more than a bearer token. */
export interface ChallengeTerms {
  readonly schemes: readonly (TokenScheme | 'Basic')[]
  /** Of proofs, with `DPoP`. */
  readonly algorithms: readonly string[]
  /** RFC 9728 §5.1. */
  readonly resourceMetadata: string | undefined
}

export interface Challenge {
  readonly terms: ChallengeTerms
  /** What the request came with, so that its error stands there. */
  readonly sent: TokenScheme
}

export interface Refused {
  readonly status: number
  readonly error: ChallengeError
  readonly scopes: readonly string[]
  readonly realm: string
}

const bearerAlone: Challenge = {
  terms: { schemes: ['Bearer'], algorithms: [], resourceMetadata: undefined },
  sent: 'Bearer',
}

/** Values of WWW-Authenticate, in order. */
export function toChallenges(
  refused: Refused,
  { terms, sent }: Challenge = bearerAlone,
): readonly string[] {
  const { status, error } = refused
  if (error === 'basic') return [toBasicChallenge(refused.realm)]
  // Because what was sent and refused is worth a word, though it may not be what the route wants.
  const offered = status === 401 ? terms.schemes : []
  const schemes = error === 'none' || offered.includes(sent) ? offered : [sent, ...offered]
  return schemes.map((scheme) => {
    const parameters = [`realm="${refused.realm}"`]
    if (scheme === sent) parameters.push(...toErrorParameters(refused))
    if (scheme === 'DPoP') parameters.push(`algs="${terms.algorithms.join(' ')}"`)
    if (terms.resourceMetadata !== undefined && status === 401 && scheme !== 'Basic') {
      parameters.push(`resource_metadata="${terms.resourceMetadata}"`)
    }
    return `${scheme} ${parameters.join(', ')}`
  })
}

/** RFC 7617 §2: for a client id and a secret. */
export function toBasicChallenge(realm: string): string {
  return `Basic realm="${realm}", charset="UTF-8"`
}

// RFC 6750 §3.
function toErrorParameters({ error, scopes }: Refused): string[] {
  const parameters = error === 'none' ? [] : [`error="${error}"`]
  return scopes.length > 0 ? [...parameters, `scope="${scopes.join(' ')}"`] : parameters
}
