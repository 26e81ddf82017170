// A JWK Set (RFC 7517): each entry is read into a key that may verify signatures, or passed over.

import {
  createPublicKey,
  type AsymmetricKeyDetails,
  type JsonWebKeyInput,
  type KeyObject,
} from 'node:crypto'
import { z } from 'zod'

export interface VerificationKey {
  readonly kid: string | undefined
  /** The one algorithm that the entry names, if it names one. */
  readonly algorithm: string | undefined
  /** RSA, Ed25519, or the curve of an elliptic one: `P-256`, `P-384`, `P-521`. */
  readonly type: string
  readonly key: KeyObject
}

/** What a token's header says about the key. */
export interface KeyHint {
  readonly alg: string
  readonly kid?: string | undefined
}

const jwkSchema = z.looseObject({
  kty: z.string(),
  kid: z.string().exactOptional(),
  alg: z.string().exactOptional(),
  use: z.literal('sig').exactOptional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes('verify'))
    .exactOptional(),
})

const minRsaBits = 2048
const maxRsaBits = 8192
const maxRsaExponent = 2n ** 32n
const maxEntries = 100

/** The keys of a set that can be used, each once; none where the value is no set. */
export function parseKeySet(value: unknown): VerificationKey[] {
  const entries = isKeySet(value) ? value.keys.slice(0, maxEntries) : []
  return withoutCopies(entries.map(parseVerificationKey).filter((key) => key !== undefined))
}

function isKeySet(value: unknown): value is { keys: unknown[] } {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
}

function withoutCopies(keys: readonly VerificationKey[]): VerificationKey[] {
  return keys.filter((key, at) => keys.findIndex((other) => isSameKey(key, other)) === at)
}

export function isSameKey(one: VerificationKey, other: VerificationKey): boolean {
  return one.kid === other.kid && one.algorithm === other.algorithm && one.key.equals(other.key)
}

// RFC 7518 §6.2.2, §6.3.2, §6.4.1.
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Undefined for an entry of another use, type or size, for a private or symmetric one, and for rubbish. */
export function parseVerificationKey(entry: unknown): VerificationKey | undefined {
  const parsed = jwkSchema.safeParse(entry)
  if (!parsed.success) return undefined
  const { kty, kid, alg } = parsed.data
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return undefined
  // Threat: whoever reads the entry could sign with one that carries its private part.
  if (secretMembers.some((name) => Object.hasOwn(parsed.data, name))) return undefined
  const key = importKey(parsed.data)
  const type = key === undefined ? undefined : typeOf(key)
  if (key === undefined || type === undefined) return undefined
  return { kid, algorithm: alg, type, key }
}

function importKey(jwk: JsonWebKeyInput['key']): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === 'ed25519') return 'Ed25519'
  if (asymmetricKeyType === 'ec') return curves[asymmetricKeyDetails?.namedCurve ?? '']
  return asymmetricKeyType === 'rsa' && isUsable(asymmetricKeyDetails) ? 'RSA' : undefined
}

/**
 * RFC 8017 §3.1: the exponent is odd and at least 3; with 1, every text is its own signature.
 *
 * Threat: callers choose the keys of their proofs, and verifying by a long one takes a hundred times as long.
 */
function isUsable({ modulusLength = 0, publicExponent = 0n }: AsymmetricKeyDetails = {}): boolean {
  if (modulusLength < minRsaBits || modulusLength > maxRsaBits) return false
  return publicExponent >= 3n && publicExponent <= maxRsaExponent && publicExponent % 2n === 1n
}

// RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2.
const typeByAlgorithm: Readonly<Record<string, string>> = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
}

/** Whether the key may have made a signature that the header describes. */
export function isSuitable(key: VerificationKey, hint: KeyHint): boolean {
  return (
    typeByAlgorithm[hint.alg] === key.type &&
    (key.algorithm === undefined || isSameAlgorithm(key.algorithm, hint.alg)) &&
    (hint.kid === undefined || hint.kid === key.kid)
  )
}

function isSameAlgorithm(one: string, other: string): boolean {
  return withoutAlias(one) === withoutAlias(other)
}

// RFC 9864 §2.2: two names of one algorithm.
function withoutAlias(algorithm: string): string {
  return algorithm === 'EdDSA' ? 'Ed25519' : algorithm
}
