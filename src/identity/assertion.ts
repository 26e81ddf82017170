// The signed identity assertion: who is calling, in a JWT that the upstream can verify. Signed once per principal,
// audience and half of its life, and kept beside the principal. Hot: one look-up where it is known; measured by
// `npm run bench`.

import type { SigningKey } from '../crypto/signingKey.ts'
import { GatewayError } from '../errors/gatewayError.ts'
import type { IdentityAssertionConfig } from '../config/schema/assertion.ts'
import type { Principal } from '../request.ts'
import type { ClaimValue } from '../sessions/session.ts'
import type { Clock, EpochSeconds } from '../time.ts'
import type { GroupsClaims } from './groupsClaims.ts'
import { findIdentityClaim } from './principalFields.ts'

export const assertionName = 'X-Postern-Assertion'

/** RFC 8725 §3.11: no other JWT has it, so that none can be taken for this one, nor this one for another. */
const type = 'postern-assertion+jwt'

/** What signs; another object once keys have been rotated. */
export type AssertionSigner = Pick<SigningKey, 'signJwt'>

export interface AssertionOptions {
  /** `iss`: the gateway's public URL. */
  readonly issuer: string
  readonly groupsClaims: GroupsClaims
  readonly clock: Clock
  /** Whatever signs now. */
  readonly findSigner: () => AssertionSigner
}

/** The value of the header. @throws GatewayError `identity_too_large` */
export type Assertion = (principal: Principal) => string

interface Minted {
  readonly jwt: string
  readonly signer: AssertionSigner
  readonly issuedAt: EpochSeconds
  readonly renewAt: EpochSeconds
}

const maxLength = 8192

/** Routes that are to send the same share one function, and so what it keeps. */
export function createAssertions(
  options: AssertionOptions,
): (config: IdentityAssertionConfig, audience: string) => Assertion {
  const compiled = new Map<string, Assertion>()
  return (config, audience) => {
    const key = JSON.stringify([config, audience])
    const known = compiled.get(key)
    if (known !== undefined) return known
    const created = compile(config, audience, options)
    compiled.set(key, created)
    return created
  }
}

// Because a signature takes 50 µs, less than forwarding the request does, it is made where it is found missing: no
// promise, no timer, and nobody waits for another's.
function compile(
  { claims, lifetime }: IdentityAssertionConfig,
  audience: string,
  { issuer, groupsClaims, clock, findSigner }: AssertionOptions,
): Assertion {
  const kept = new WeakMap<Principal, Minted>()
  const lifetimeSeconds = Math.floor(lifetime / 1000)

  function mint(principal: Principal, signer: AssertionSigner, now: EpochSeconds): Minted {
    const issuedAt = Math.floor(now)
    const jwt = signer.signJwt(type, {
      ...describePrincipal(principal, claims, groupsClaims),
      iss: issuer,
      aud: audience,
      iat: issuedAt,
      exp: issuedAt + lifetimeSeconds,
    })
    if (jwt.length > maxLength) {
      throw new GatewayError('identity_too_large', `an assertion of ${jwt.length} bytes`)
    }
    return { jwt, signer, issuedAt, renewAt: issuedAt + lifetimeSeconds / 2 }
  }

  return (principal) => {
    const now = clock.now()
    const signer = findSigner()
    const known = kept.get(principal)
    if (known !== undefined && known.signer === signer && isFresh(known, now)) return known.jwt
    const minted = mint(principal, signer, now)
    kept.set(principal, minted)
    return minted.jwt
  }
}

// Because a clock that is set back must not stretch a life.
function isFresh({ issuedAt, renewAt }: Minted, now: EpochSeconds): boolean {
  return now >= issuedAt && now < renewAt
}

/** Threat: a subject is unique at its issuer alone, so `idp` says whose it is. */
function describePrincipal(
  principal: Principal,
  chosen: readonly string[],
  groupsClaims: GroupsClaims,
): Readonly<Record<string, ClaimValue>> {
  const { subject, issuer, kind, claims, providerId } = principal
  const clientId = claims['client_id']
  const told: [string, ClaimValue | undefined][] = chosen.map((name) =>
    name === 'groups'
      ? [name, toList(findIdentityClaim(principal, groupsClaims.get(providerId) ?? name))]
      : [name, findIdentityClaim(principal, name)],
  )
  return Object.fromEntries([
    ...told.filter((entry): entry is [string, ClaimValue] => entry[1] !== undefined),
    ['sub', subject],
    ['idp', issuer],
    ['kind', kind],
    ...(typeof clientId === 'string' ? [['client_id', clientId]] : []),
  ])
}

function toList(value: ClaimValue | undefined): ClaimValue | undefined {
  return value === undefined || Array.isArray(value) ? value : [value]
}
