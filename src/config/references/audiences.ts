// Access tokens that are for the same audience as the ID Tokens of their issuer, and look like them.

import type { Finding } from '../problems/problem.ts'
import type { UnresolvedConfig } from '../schema.ts'

/**
 * Threat (RFC 8725 §2.8, §3.12): an ID Token is for the client id of whoever signed somebody in, and goes where no
 * access token should, such as the address of a logout. Without `typ`, `at_hash` and `c_hash` nothing tells it apart.
 */
export function findAudienceWarnings({ providers }: UnresolvedConfig): Finding[] {
  return providers.flatMap(({ issuer, bearer }, index) => {
    if (bearer === undefined || bearer.validation === 'introspection') return []
    if (!bearer.types.includes('jwt')) return []
    const isClient = (audience: string): boolean =>
      providers.some((provider) => provider.issuer === issuer && provider.clientId === audience)
    const at = bearer.audiences.findIndex(isClient)
    if (at === -1) return []
    const path = ['providers', index, 'bearer', 'audiences', at]
    const message =
      'this is a clientId, so an ID Token of the issuer may pass for an access token. Set types: [at+jwt] if its access tokens say so, or requiredClaims that ID Tokens lack.'
    return [{ path, message }]
  })
}
