// Verifies the signature of a compact JWS (RFC 7515 §5.2) in this thread. Judges no header: which keys and which
// algorithm are in question has been decided before. Hot for tokens that are all different, and for proofs, which always
// are: a job in another thread, as WebCrypto makes of it, is up to twice the work (`npm run bench`).

import { constants, verify, type KeyObject } from 'node:crypto'

interface Procedure {
  readonly keyType: 'rsa' | 'ec' | 'ed25519'
  /** Null where the algorithm hashes by itself. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly options: Readonly<Record<string, string | number>>
}

// RFC 7518 §3.3: PKCS #1 v1.5. §3.5: PSS, with a salt as long as the hash. §3.4: r and s side by side.
const pkcs1 = { padding: constants.RSA_PKCS1_PADDING }
const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}
const ecdsa = { dsaEncoding: 'ieee-p1363' }

const procedures: Readonly<Record<string, Procedure>> = {
  RS256: { keyType: 'rsa', digest: 'sha256', options: pkcs1 },
  RS384: { keyType: 'rsa', digest: 'sha384', options: pkcs1 },
  RS512: { keyType: 'rsa', digest: 'sha512', options: pkcs1 },
  PS256: { keyType: 'rsa', digest: 'sha256', options: pss },
  PS384: { keyType: 'rsa', digest: 'sha384', options: pss },
  PS512: { keyType: 'rsa', digest: 'sha512', options: pss },
  ES256: { keyType: 'ec', digest: 'sha256', options: ecdsa },
  ES384: { keyType: 'ec', digest: 'sha384', options: ecdsa },
  ES512: { keyType: 'ec', digest: 'sha512', options: ecdsa },
  EdDSA: { keyType: 'ed25519', digest: null, options: {} },
  Ed25519: { keyType: 'ed25519', digest: null, options: {} },
}

/** False for an algorithm that is none of these, and for one that the key is not for; which curve is not looked at. */
export function isSignedBy(key: KeyObject, alg: string, token: string): boolean {
  const procedure = Object.hasOwn(procedures, alg) ? procedures[alg] : undefined
  const end = token.lastIndexOf('.')
  const signature = decodeExactly(token.slice(end + 1))
  if (procedure === undefined || signature === undefined || end < 1) return false
  const { keyType, digest, options } = procedure
  if (key.asymmetricKeyType !== keyType) return false
  try {
    return verify(digest, Buffer.from(token.slice(0, end)), { key, ...options }, signature)
  } catch {
    return false
  }
}

let waiting: (() => void)[] = []

/**
 * The same, with all others that were asked for in this turn of the event loop, one right after another.
 *
 * Because a curve's tables (150 KiB for P-256) push everything else out of the processor's cache: once a turn, and not
 * once a token, that is a seventh of what a new token costs.
 */
export function isSignedInTurn(key: KeyObject, alg: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (waiting.length === 0) setImmediate(verifyWaiting)
    waiting.push(() => resolve(isSignedBy(key, alg, token)))
  })
}

function verifyWaiting(): void {
  const turn = waiting
  waiting = []
  for (const verifyOne of turn) verifyOne()
}

/** Threat: one token with several spellings of its signature would be several to whoever remembers tokens. */
function decodeExactly(base64url: string): Buffer | undefined {
  const bytes = Buffer.from(base64url, 'base64url')
  return bytes.toString('base64url') === base64url ? bytes : undefined
}
