// One claim out of an issuer's claims, by the name that the configuration gives it. Policy and identity both
// read claims here, so that what is required and what the upstream is told mean the same claim.

import type { Claims, ClaimValue } from './session.ts'

/**
 * The claim of exactly that name, else the one that the dots in the name lead to: `realm_access.roles`.
 * Threat: own properties only, so that `constructor` or `__proto__` name nothing that the issuer did not send.
 */
export function findClaim(claims: Claims, name: string): ClaimValue | undefined {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.includes('.') ? findNestedClaim(claims, name.split('.')) : undefined
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
