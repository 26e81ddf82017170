// One claim out of an issuer's claims, by the name that the configuration gives it. Policy and identity both
// read claims here, so that what is required and what the upstream is told mean the same claim.

import type { Claims, ClaimValue } from './session.ts'

/**
 * The claim of exactly that name, else the one that the dots in the name lead to: `realm_access.roles`.
 * Threat: own properties only, so that `constructor` or `__proto__` name nothing that the issuer did not send.
 *
 * Threat: an address that the issuer says is not verified may belong to somebody else; by `email` no account may be
 * found and no rule met. Only an explicit `false` withholds it, because many issuers never say `email_verified`.
 */
export function findClaim(claims: Claims, name: string): ClaimValue | undefined {
  if (Object.hasOwn(claims, name)) return isWithheld(claims, name) ? undefined : claims[name]
  return name.includes('.') ? findNestedClaim(claims, name.split('.')) : undefined
}

// Because some issuers write booleans as text, or as numbers.
const saysNo: ReadonlySet<string> = new Set(['false', '0', 'no'])

/** Whether the claim is there, and counts for nothing. */
export function isWithheld(claims: Claims, name: string): boolean {
  if (name !== 'email' || !Object.hasOwn(claims, 'email_verified')) return false
  const said = claims['email_verified']
  return typeof said === 'string' ? saysNo.has(said.toLowerCase()) : said === false || said === 0
}

function findNestedClaim(claims: Claims, steps: readonly string[]): ClaimValue | undefined {
  let value: ClaimValue | undefined = claims
  for (const step of steps) {
    if (!isClaimObject(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

function isClaimObject(value: ClaimValue | undefined): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
