// A private key that signs JWTs, out of the text of a file: a JWK (RFC 7517) or PEM, for ES256 or EdDSA. What is
// no such key is a sentence, never a throw, and says nothing of what stands in the file.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type JsonWebKeyInput,
  type KeyObject,
} from 'node:crypto'

export interface SigningKey {
  readonly kid: string
  readonly algorithm: 'ES256' | 'EdDSA'
  /** As a JWK Set has it. */
  readonly publicJwk: PublicJwk
  /**
   * A JWT in compact form (RFC 7515 §7.1).
   *
   * @param type - its `typ`, which keeps it apart from every other kind of JWT (RFC 8725 §3.11)
   */
  signJwt(type: string, claims: object): string
}

export type PublicJwk = Readonly<Record<string, string>>

/** `fault` follows the name of the file. */
export type ParsedSigningKey = { readonly key: SigningKey } | { readonly fault: string }

export function parseSigningKey(text: string): ParsedSigningKey {
  const jwk = text.trimStart().startsWith('{') ? parseJson(text) : undefined
  const privateKey = importPrivateKey(jwk ?? text)
  if (privateKey === undefined) {
    return { fault: 'is no private key: expected a JWK or unencrypted PEM' }
  }
  const algorithm = algorithmOf(privateKey)
  if (algorithm === undefined) return { fault: 'is of another kind: expected P-256 or Ed25519' }
  if (jwk !== undefined && !isMeantFor(algorithm, jwk)) {
    return { fault: `is meant for something else than signatures with ${algorithm}` }
  }
  const publicKey = createPublicKey(privateKey)
  // Because a JWK names its public part itself: one that does not fit would verify nothing.
  const signature = signText(privateKey, algorithm, '')
  if (!verify(hashOf(algorithm), Buffer.alloc(0), { key: publicKey, dsaEncoding }, signature)) {
    return { fault: 'has a public part that does not belong to its private one' }
  }
  return { key: createSigningKey(privateKey, publicKey, algorithm) }
}

/** A new P-256 key as a JWK, private part included: one line of JSON. */
export function generateSigningJwk(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { d, ...publicPart } = privateKey.export({ format: 'jwk' })
  return JSON.stringify({ ...publish(publicPart, 'ES256'), d })
}

function createSigningKey(
  privateKey: KeyObject,
  publicKey: KeyObject,
  algorithm: SigningKey['algorithm'],
): SigningKey {
  const publicJwk = publish(publicKey.export({ format: 'jwk' }), algorithm)
  const kid = publicJwk['kid']!
  return {
    kid,
    algorithm,
    publicJwk,
    signJwt(type, claims) {
      const head = encodeJson({ alg: algorithm, kid, typ: type })
      const signed = `${head}.${encodeJson(claims)}`
      return `${signed}.${signText(privateKey, algorithm, signed).toString('base64url')}`
    },
  }
}

// RFC 7518 §3.4: both halves of the signature one after the other, not in ASN.1.
const dsaEncoding = 'ieee-p1363'

function signText(key: KeyObject, algorithm: SigningKey['algorithm'], text: string): Buffer {
  return sign(hashOf(algorithm), Buffer.from(text), { key, dsaEncoding })
}

function hashOf(algorithm: SigningKey['algorithm']): 'sha256' | null {
  return algorithm === 'ES256' ? 'sha256' : null
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function publish(
  { kty = '', crv = '', x = '', y }: JsonWebKeyInput['key'],
  algorithm: SigningKey['algorithm'],
): PublicJwk {
  // RFC 7638 §3.2, RFC 8037 §2: the required members in this order, and no others.
  const required = y === undefined ? { crv, kty, x } : { crv, kty, x, y }
  const kid = hash('sha256', JSON.stringify(required), 'base64url')
  return { ...required, kid, alg: algorithm, use: 'sig' }
}

type WrittenJwk = Readonly<Record<string, unknown>>

function parseJson(text: string): WrittenJwk {
  try {
    return { ...Object(JSON.parse(text)) }
  } catch {
    return {}
  }
}

function importPrivateKey(source: WrittenJwk | string): KeyObject | undefined {
  try {
    if (typeof source === 'string') return createPrivateKey(source)
    return createPrivateKey({ key: source, format: 'jwk' })
  } catch {
    return undefined
  }
}

function algorithmOf(key: KeyObject): SigningKey['algorithm'] | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (asymmetricKeyType !== 'ec') return undefined
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : undefined
}

/** RFC 7517 §4.2 and §4.4; Ed25519 is EdDSA by its newer name (RFC 9864 §2.2). */
function isMeantFor(algorithm: SigningKey['algorithm'], { alg, use }: WrittenJwk): boolean {
  const isAlgorithm = alg === algorithm || (alg === 'Ed25519' && algorithm === 'EdDSA')
  return (alg === undefined || isAlgorithm) && (use === undefined || use === 'sig')
}
