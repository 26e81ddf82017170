// Verifies an ID Token in full (OpenID Connect Core 1.0 §3.1.3.7, at refresh §12.2). Every way to a SignIn
// leads through here, also for tokens that came straight from the token endpoint.

import { decodeJwt, decodeProtectedHeader } from 'jose'
import { createHash } from 'node:crypto'
import type { Secret } from '../../crypto/secret.ts'
import type { EpochSeconds, Milliseconds } from '../../time.ts'
import { IdTokenRefused, IssuerUnavailable } from '../issuer/faults.ts'
import { checkIdTokenClaims, type IdTokenClaims } from './idTokenClaims.ts'
import type { IssuerKeys } from '../issuer/keys.ts'
import { openSigned, parseJson, type SigningKey } from '../issuer/signature.ts'

export interface IdTokenPolicy {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret | undefined
  readonly algorithms: readonly string[]
  readonly keys: IssuerKeys
  readonly clockSkew: Milliseconds
}

/** An ID Token as the token endpoint gave it, with the access token beside it. */
export interface ReceivedIdToken {
  readonly idToken: string
  readonly accessToken: string
  readonly now: EpochSeconds
}

/**
 * To be called before a refresh token is sent: it may work once, and with it a session would be lost whose new
 * ID Token cannot be verified.
 * @throws IssuerUnavailable where no keys have been read, and none can be now
 */
export async function checkKeys({ algorithms, keys }: IdTokenPolicy): Promise<void> {
  const isKeyNeeded = algorithms.some((algorithm) => algorithm !== 'HS256')
  if (!isKeyNeeded || (await keys.prefetch())) return
  throw new IssuerUnavailable('the keys that ID Tokens are verified with have not been read')
}

/** @throws IdTokenRefused, IssuerUnavailable (its keys cannot be read) */
export async function verifyLoginIdToken(
  received: ReceivedIdToken,
  policy: IdTokenPolicy,
  nonce: string,
): Promise<IdTokenClaims> {
  const claims = await verify(received, policy)
  // Threat: a token of another login, or another browser, injected into this one.
  if (claims.nonce !== nonce) throw new IdTokenRefused('nonce: not the one of this login')
  return claims
}

/**
 * For the password grant, which has no nonce, because nothing of it passes through a browser.
 * @throws IdTokenRefused, IssuerUnavailable (its keys cannot be read)
 */
export async function verifyPasswordIdToken(
  received: ReceivedIdToken,
  policy: IdTokenPolicy,
): Promise<IdTokenClaims> {
  return verify(received, policy)
}

/**
 * `previous` is what the session holds: its ID Token, or the subject alone where the issuer gave none.
 * @throws IdTokenRefused, IssuerUnavailable (its keys cannot be read)
 */
export async function verifyRefreshedIdToken(
  received: ReceivedIdToken,
  policy: IdTokenPolicy,
  previous: { readonly idToken?: string; readonly subject: string },
): Promise<IdTokenClaims> {
  const claims = await verify(received, policy)
  const { idToken, subject } = previous
  if (claims.sub !== subject) throw new IdTokenRefused('sub: not the one who signed in')
  if (idToken === undefined) return claims
  const before = decodeJwt(idToken)
  if (claims.sub !== before.sub) throw new IdTokenRefused('sub: not the one who signed in')
  for (const name of ['nonce', 'auth_time', 'azp'] as const) {
    if (claims[name] !== undefined && claims[name] !== before[name]) {
      throw new IdTokenRefused(`${name}: not the one of the token before`)
    }
  }
  return claims
}

async function verify(received: ReceivedIdToken, policy: IdTokenPolicy): Promise<IdTokenClaims> {
  const header = checkHeader(received.idToken, policy.algorithms)
  const payload = await verifySignature(received.idToken, header, policy)
  const claims = checkIdTokenClaims(payload, policy, received.now)
  checkAccessTokenHash(claims, header.alg, received.accessToken)
  return claims
}

interface IdTokenHeader {
  readonly alg: string
  readonly kid: string | undefined
}

const maxTokenLength = 65_536

function checkHeader(idToken: string, algorithms: readonly string[]): IdTokenHeader {
  if (idToken.length > maxTokenLength) throw new IdTokenRefused('over 64 KB')
  const { alg, kid, typ, crit } = readHeader(idToken)
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw new IdTokenRefused(`alg: found ${quote(alg)}, accepted are ${algorithms.join(', ')}`)
  }
  // Threat (RFC 8725 §3.11): an access or logout token of the same issuer taken for an ID Token.
  if (typ !== undefined && (typeof typ !== 'string' || typ.toLowerCase() !== 'jwt')) {
    throw new IdTokenRefused(`typ: found ${quote(typ)}, expected JWT`)
  }
  if (crit !== undefined) throw new IdTokenRefused('crit: no extension is understood')
  if (kid !== undefined && typeof kid !== 'string') throw new IdTokenRefused('kid: not a string')
  return { alg, kid }
}

function readHeader(idToken: string): Record<string, unknown> {
  try {
    return { ...decodeProtectedHeader(idToken) }
  } catch {
    throw new IdTokenRefused('not a signed JWT')
  }
}

async function verifySignature(
  idToken: string,
  header: IdTokenHeader,
  policy: IdTokenPolicy,
): Promise<unknown> {
  const payload = await openSigned(idToken, await candidateKeys(header, policy), header.alg)
  if (payload === undefined) {
    throw new IdTokenRefused(
      `signature: made by no ${header.alg} key ${quote(header.kid)} of theirs`,
    )
  }
  const claims = parseJson(payload)
  if (claims === undefined) throw new IdTokenRefused('the payload is not JSON')
  return claims
}

async function candidateKeys(header: IdTokenHeader, policy: IdTokenPolicy): Promise<SigningKey[]> {
  if (header.alg !== 'HS256') return (await policy.keys.find(header)).map(({ key }) => key)
  const secret = Buffer.from(policy.clientSecret?.reveal() ?? '')
  // RFC 7518 §3.2: a key of the hash's size at least. Threat: a short secret can be guessed from one token.
  if (secret.length < 32) throw new IdTokenRefused('alg: HS256 needs a client secret of 32 bytes')
  return [secret]
}

// RFC 7518 §3, RFC 8032 §5.1: the hash that the signature is made with.
function hashOf(alg: string): string {
  return alg === 'EdDSA' || alg === 'Ed25519' ? 'sha512' : `sha${alg.slice(-3)}`
}

// OpenID Connect Core 1.0 §3.1.3.6. Threat: an access token of somebody else put beside this ID Token.
function checkAccessTokenHash(claims: IdTokenClaims, alg: string, accessToken: string): void {
  if (claims.at_hash === undefined) return
  const digest = createHash(hashOf(alg)).update(accessToken, 'ascii').digest()
  const expected = digest.subarray(0, digest.length / 2).toString('base64url')
  if (claims.at_hash !== expected) throw new IdTokenRefused('at_hash: not of this access token')
}

function quote(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100)
}
