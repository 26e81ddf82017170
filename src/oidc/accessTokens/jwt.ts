// A signed JWT as it is read before anything of it is believed, and the check of its header and signature.

import { isSignedInTurn } from '../../crypto/verifySignature.ts'
import { AccessTokenRefused, quote } from './accessTokenRefused.ts'
import type { IssuerKeys } from '../issuer/keys.ts'
import { parseJson } from '../issuer/signature.ts'

export interface UnverifiedJwt {
  readonly text: string
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

export interface SignaturePolicy {
  readonly algorithms: readonly string[]
  /** In lower case, without `application/`. */
  readonly types: readonly string[]
  readonly keys: Pick<IssuerKeys, 'find'>
}

/** Undefined for what is none: an opaque token, a JWE, a JWT around another one. */
export function parseJwt(text: string): UnverifiedJwt | undefined {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 1 || second === -1 || text.includes('.', second + 1)) return undefined
  const header = decodeObject(text.slice(0, first))
  if (typeof header?.['alg'] !== 'string') return undefined
  const payload = decodeObject(text.slice(first + 1, second))
  return payload === undefined ? undefined : { text, header, payload }
}

function decodeObject(part: string): Record<string, unknown> | undefined {
  const value = parseJson(Buffer.from(part, 'base64url'))
  return isObject(value) ? value : undefined
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The payload that was signed. @throws AccessTokenRefused, IssuerUnavailable (keys cannot be read) */
export async function verifyJwt(jwt: UnverifiedJwt, policy: SignaturePolicy): Promise<unknown> {
  const { alg, kid } = checkHeader(jwt.header, policy)
  const keys = await policy.keys.find({ alg, kid })
  for (const { key } of keys) if (await isSignedInTurn(key, alg, jwt.text)) return jwt.payload
  throw new AccessTokenRefused(
    'signature',
    `signature: made by no ${alg} key ${quote(kid)} of theirs`,
  )
}

function checkHeader(
  header: UnverifiedJwt['header'],
  { algorithms, types }: SignaturePolicy,
): { alg: string; kid: string | undefined } {
  const { alg, kid, typ = 'jwt', crit } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw new AccessTokenRefused('algorithm', `alg: ${quote(alg)} is not on the list`)
  }
  // Threat (RFC 8725 §3.11): an ID Token or a logout token of the same issuer taken for an access token.
  if (typeof typ !== 'string' || !types.includes(toType(typ))) {
    throw new AccessTokenRefused('type', `typ: ${quote(typ)} is not on the list`)
  }
  if (crit !== undefined) throw new AccessTokenRefused('header', 'crit: no extension is understood')
  // Threat (RFC 8725 §3.10): a token that brings the key to judge it by.
  const brought = ['jku', 'jwk', 'x5u'].find((name) => Object.hasOwn(header, name))
  if (brought !== undefined)
    throw new AccessTokenRefused('header', `${brought}: keys are not taken`)
  if (kid !== undefined && typeof kid !== 'string') {
    throw new AccessTokenRefused('header', 'kid: not a string')
  }
  return { alg, kid }
}

// RFC 7515 §4.1.9.
function toType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '')
}
