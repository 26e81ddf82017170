// A DPoP proof (RFC 9449 §4.2): a JWT that the caller signs for one request, and the checks of §4.3 that need
// nothing but the request itself. Whether it was used before is for the replay store.

import { hash } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { z } from 'zod'
import { isSuitable, parseVerificationKey, type VerificationKey } from '../../crypto/jwk.ts'
import { isSignedInTurn } from '../../crypto/verifySignature.ts'
import { quote } from '../accessTokens/accessTokenRefused.ts'
import { numericDate } from '../idToken/idTokenClaims.ts'
import { isObject, parseJwt, type UnverifiedJwt } from '../accessTokens/jwt.ts'
import { isSameUri } from './targetUri.ts'

/** A proof that failed a check. The message is for the log: no proof and no token stands in it. */
export class ProofRefused extends Error {
  override readonly name = 'ProofRefused'
}

const proofSchema = z.object({
  jti: z.string().min(1),
  htm: z.string(),
  htu: z.string(),
  iat: numericDate,
  ath: z.string(),
  nonce: z.string().optional(),
})

export interface DpopProof extends z.output<typeof proofSchema> {
  /** The SHA-256 thumbprint of the key that signed it (RFC 7638). */
  readonly jkt: string
}

const maxLength = 8192

export interface ProofPolicy {
  readonly algorithms: readonly string[]
  /** The thumbprint that the token is bound to. */
  readonly bound: string
}

/**
 * RFC 9449 §4.3, 2 to 7 and the last of 12: a well-formed proof, signed by the key that the token is bound to.
 *
 * @throws ProofRefused
 */
export async function openProof(
  text: string,
  { algorithms, bound }: ProofPolicy,
): Promise<DpopProof> {
  const jwt = text.length > maxLength ? undefined : parseJwt(text)
  if (jwt === undefined) throw new ProofRefused('not a signed JWT')
  const claims = parseClaims(jwt.payload)
  const { key, alg, jwk } = readHeader(jwt, algorithms)
  const jkt = await calculateJwkThumbprint(jwk)
  // Threat: a key that anybody made may be a hundred times as much work as one that an issuer has taken.
  if (jkt !== bound) throw new ProofRefused('jwk: is not the key that the token is bound to')
  if (!(await isSignedInTurn(key.key, alg, text))) {
    throw new ProofRefused('signature: not made by the key of jwk')
  }
  return { ...claims, jkt }
}

function parseClaims(payload: unknown): z.output<typeof proofSchema> {
  const parsed = proofSchema.safeParse(payload)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ProofRefused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
}

interface ProofHeader {
  readonly alg: string
  readonly jwk: Record<string, unknown>
  readonly key: VerificationKey
}

function readHeader({ header }: UnverifiedJwt, algorithms: readonly string[]): ProofHeader {
  const { typ, alg, jwk, crit } = header
  if (typ !== 'dpop+jwt') throw new ProofRefused(`typ: ${quote(typ)} is not dpop+jwt`)
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw new ProofRefused(`alg: ${quote(alg)} is not on the list`)
  }
  if (crit !== undefined) throw new ProofRefused('crit: no extension is understood')
  const key = isObject(jwk) ? parseVerificationKey(jwk) : undefined
  if (!isObject(jwk) || key === undefined || !isSuitable(key, { alg, kid: key.kid })) {
    throw new ProofRefused(`jwk: no public key for ${alg}`)
  }
  return { alg, jwk, key }
}

/** The request that the proof comes with, as it was judged. */
export interface ProvedRequest {
  readonly method: string
  /** Scheme and authority, such as `https://api.example.com`. */
  readonly origin: string
  /** As it came, without the query. */
  readonly path: string
}

/** RFC 9449 §4.3, 8 and 9. @throws ProofRefused */
export function checkRequest({ htm, htu }: DpopProof, request: ProvedRequest): void {
  if (htm !== request.method) throw new ProofRefused(`htm: ${quote(htm)} is not the method`)
  if (isSameUri(htu, request)) return
  throw new ProofRefused('htu: is not the address that was asked for')
}

/** RFC 9449 §4.3, 12. @throws ProofRefused */
export function checkToken({ ath }: DpopProof, accessToken: string): void {
  if (ath === hash('sha256', accessToken, 'base64url')) return
  throw new ProofRefused('ath: is not the hash of the token')
}
