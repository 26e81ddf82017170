// What an upstream is told about a principal: the route's preset, with its own headers on top. Compiled per
// identity configuration and kept beside the principal, so that the hot path encodes nothing.

import type { IdentityConfig } from '../config/schema/route.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import { foldFieldName, isMessageField } from '../http/fields.ts'
import type { Principal } from '../request.ts'
import { findClaim } from '../sessions/claims.ts'
import type { ClaimValue } from '../sessions/session.ts'
import { encodeClaim } from './encoding.ts'
import type { GroupsClaims } from './groupsClaims.ts'
import { presets, type IdentityHeader } from './presets.ts'

/** Names and values in turn. @throws GatewayError `identity_too_large` */
export type PrincipalFields = (principal: Principal) => readonly string[]

const maxBytes = 8192

/**
 * The headers of a configuration; one that the preset has keeps the preset's kind of list.
 *
 * @throws Error for a name that {@link isMessageField} knows; the configuration has refused it before
 */
export function listIdentityHeaders(config: IdentityConfig): IdentityHeader[] {
  const headers = new Map(
    presets[config.preset].map((header) => [foldFieldName(header.name), header]),
  )
  for (const [name, claim] of Object.entries(config.headers)) {
    const folded = foldFieldName(name)
    if (isMessageField(folded)) throw new Error(`${name} is no header for identity`)
    const separator = headers.get(folded)?.separator
    headers.set(folded, { name, claim, ...(separator === undefined ? {} : { separator }) })
  }
  return [...headers.values()]
}

/** Routes with equal identity configurations share one function, and so what it keeps. */
export function createPrincipalFields(
  groupsClaims: GroupsClaims,
): (config: IdentityConfig) => PrincipalFields {
  const compiled = new Map<string, PrincipalFields>()
  return (config) => {
    const headers = listIdentityHeaders(config)
    const key = JSON.stringify(headers)
    const known = compiled.get(key)
    if (known !== undefined) return known
    const created = compile(headers, groupsClaims)
    compiled.set(key, created)
    return created
  }
}

function compile(headers: readonly IdentityHeader[], groupsClaims: GroupsClaims): PrincipalFields {
  const kept = new WeakMap<Principal, readonly string[]>()
  return (principal) => {
    const known = kept.get(principal)
    if (known !== undefined) return known
    const fields = createFields(headers, principal, groupsClaims.get(principal.providerId))
    kept.set(principal, fields)
    return fields
  }
}

function createFields(
  headers: readonly IdentityHeader[],
  principal: Principal,
  groupsClaim = 'groups',
): string[] {
  const fields: string[] = []
  let bytes = 0
  for (const { name, claim, separator, carriesGroups, isForClients } of headers) {
    if (isForClients === true && principal.kind !== 'client') continue
    const value = findIdentityClaim(principal, carriesGroups === true ? groupsClaim : claim)
    const encoded = value === undefined ? undefined : encodeClaim(value, separator)
    // Because a missing claim means no header: an empty one could be taken for a value.
    if (encoded === undefined) continue
    fields.push(name, encoded)
    bytes += name.length + encoded.length
  }
  if (bytes <= maxBytes) return fields
  throw new GatewayError('identity_too_large', `${bytes} bytes of identity fields`)
}

/**
 * Threat: an address that the issuer says is not verified may belong to somebody else, and an upstream that
 * finds accounts by address would open that person's. Only an explicit `false` withholds it, because many
 * issuers never say `email_verified`.
 */
function findIdentityClaim(principal: Principal, claim: string): ClaimValue | undefined {
  const { claims, scopes, subject } = principal
  if (claim === 'sub') return subject
  if (claim === 'iss') return principal.issuer
  if (claim === 'scope') return scopes.join(' ')
  if (claim === 'email' && isDenied(findClaim(claims, 'email_verified'))) return undefined
  return findClaim(claims, claim)
}

// Because some issuers write booleans as text.
function isDenied(claim: ClaimValue | undefined): boolean {
  return claim === false || claim === 'false'
}
