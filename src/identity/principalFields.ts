// What an upstream is told about a principal: the route's preset, with its own headers on top. Compiled per
// identity configuration and kept beside the principal, so that the hot path encodes nothing.

import type { IdentityConfig } from '../config/schema/identity.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { Principal } from '../request.ts'
import { findClaim } from '../sessions/claims.ts'
import type { ClaimValue } from '../sessions/session.ts'
import type { GroupsClaims } from './groupsClaims.ts'
import { compileHeaderValue, TooLong, type HeaderValue } from './headerValue.ts'
import { listIdentityHeaders } from './identityHeaders.ts'
import type { IdentityHeader } from './presets.ts'

/** Names and values in turn. @throws GatewayError `identity_too_large` */
export type PrincipalFields = (principal: Principal) => readonly string[]

const maxBytes = 8192

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

interface CompiledHeader extends IdentityHeader {
  readonly toValue: HeaderValue
}

function compile(headers: readonly IdentityHeader[], groupsClaims: GroupsClaims): PrincipalFields {
  // Threat: who is refused is refused at each request; searching 64 KB of claims each time would keep everybody waiting.
  const kept = new WeakMap<Principal, readonly string[] | GatewayError>()
  const compiled = headers.map((header) => ({ ...header, toValue: compileHeaderValue(header) }))
  return (principal) => {
    let known = kept.get(principal)
    if (known === undefined) {
      known = toFieldsOrRefusal(compiled, principal, groupsClaims.get(principal.providerId))
      kept.set(principal, known)
    }
    if (known instanceof GatewayError) throw known
    return known
  }
}

function toFieldsOrRefusal(
  ...which: Parameters<typeof createFields>
): readonly string[] | GatewayError {
  try {
    return createFields(...which)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

function createFields(
  headers: readonly CompiledHeader[],
  principal: Principal,
  groupsClaim = 'groups',
): string[] {
  const fields: string[] = []
  let bytes = 0
  for (const header of headers) {
    if (header.isForClients === true && principal.kind !== 'client') continue
    const value = writeValue(header, (claim) =>
      findIdentityClaim(principal, header.carriesGroups === true ? groupsClaim : claim),
    )
    // Because a missing claim means no header: an empty one could be taken for a value.
    if (value === undefined) continue
    bytes += header.name.length + value.length
    if (bytes > maxBytes) throw tooLarge(header.name, `${value.length} bytes, ${bytes} in all`)
    fields.push(header.name, value)
  }
  return fields
}

function writeValue(
  { name, toValue }: CompiledHeader,
  find: (claim: string) => ClaimValue | undefined,
): string | undefined {
  try {
    return toValue(find)
  } catch (error) {
    throw error instanceof TooLong ? tooLarge(name, error.message) : error
  }
}

function tooLarge(name: string, reason: string): GatewayError {
  return new GatewayError('identity_too_large', `${name}: ${reason}`)
}

/** What an upstream may be told of it. */
export function findIdentityClaim(principal: Principal, claim: string): ClaimValue | undefined {
  const value = findAnyClaim(principal, claim)
  if (Array.isArray(value)) return value.filter((entry) => isExact(entry))
  return isExact(value) ? value : undefined
}

// Because nobody means claims in claims as deep as that, and the stack ends somewhere.
const maxDepth = 100

/** Threat: JSON's integers beyond 2^53 are rounded when they are read, and two people's numbers become one. */
function isExact(value: ClaimValue | undefined, depth = 0): boolean {
  if (typeof value === 'object' && value !== null) {
    return depth < maxDepth && Object.values(value).every((inner) => isExact(inner, depth + 1))
  }
  return typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)
}

function findAnyClaim(principal: Principal, claim: string): ClaimValue | undefined {
  const { claims, scopes, subject } = principal
  if (claim === 'sub') return subject
  if (claim === 'iss') return principal.issuer
  if (claim === 'scope') return scopes.join(' ')
  return findClaim(claims, claim)
}
