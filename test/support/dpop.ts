// DPoP proofs (RFC 9449 §4.2) for tests, honest or bent.

import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { createSigningKey, signWith, type SigningKey } from './rogueIssuer.ts'

type Json = Record<string, unknown>

export interface ProofKey extends SigningKey {
  /** What a token is bound to. */
  readonly jkt: string
}

export async function createProofKey(alg?: string): Promise<ProofKey> {
  const key = await createSigningKey(alg)
  return { ...key, jkt: await calculateJwkThumbprint(key.publicJwk) }
}

export interface ProofRequest {
  readonly method?: string
  readonly url: string
  readonly token: string
}

/** What is absent is as it should be; undefined removes a member. */
export interface ProofTwist {
  readonly claims?: Json
  readonly header?: Json
  readonly sign?: (claims: Json, header: Json) => string | Promise<string>
}

export function makeProof(
  key: ProofKey,
  { method = 'GET', url, token }: ProofRequest,
  twist: ProofTwist = {},
): string | Promise<string> {
  const { kty, crv, x, y, n, e } = key.publicJwk
  const jwk = withoutUndefined({ kty, crv, x, y, n, e })
  const header = withoutUndefined({ alg: key.alg, typ: 'dpop+jwt', jwk, ...twist.header })
  const claims = withoutUndefined({
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...twist.claims,
  })
  return (twist.sign ?? ((...parts) => signWith(key, ...parts)))(claims, header)
}

function withoutUndefined(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
