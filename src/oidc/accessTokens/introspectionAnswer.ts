// What an issuer says about a token (RFC 7662 §2.2), in JSON or as a JWT that it has signed (RFC 9701 §5).

import { z } from 'zod'
import type { EpochSeconds } from '../../time.ts'
import { AccessTokenRefused, quote } from './accessTokenRefused.ts'
import { AnswerInvalid } from '../issuer/faults.ts'
import { numericDate } from '../idToken/idTokenClaims.ts'
import { isObject, parseJwt, verifyJwt, type SignaturePolicy } from './jwt.ts'

export const signedAnswerType = 'application/token-introspection+jwt'

/** Named like the claims of a JWT; still to be checked like them. */
export type ActiveToken = Readonly<Record<string, unknown>>

/** @throws AccessTokenRefused where the token does not count, AnswerInvalid where it is not said */
export function checkActive(
  answer: Readonly<Record<string, unknown>>,
  issuer: string,
): ActiveToken {
  const { active, token_type: tokenType, ...rest } = answer
  // Threat: a text is true for whoever asks only whether there is something.
  if (typeof active !== 'boolean') {
    throw new AnswerInvalid(`introspection: active is ${quote(active)}`)
  }
  if (!active) throw new AccessTokenRefused('inactive', 'introspection: not active')
  const members = Object.entries(rest).filter(([, value]) => value !== null)
  const token: Record<string, unknown> = { iss: issuer, ...Object.fromEntries(members) }
  checkTokenType(tokenType, token['cnf'])
  // Because many issuers give an audience only to tokens for a named resource: one that says itself to be a
  // bearer token, and is for nobody else, is for its own client.
  if (token['aud'] === undefined && typeof tokenType === 'string') token['aud'] = token['client_id']
  return token
}

// Threat: an issuer that is asked about a refresh token says active, too; and one that says a token to be bound,
// but not to what, is no reason to take it for a bearer token.
function checkTokenType(tokenType: unknown, cnf: unknown): void {
  if (tokenType === undefined || tokenType === null) return
  const type = typeof tokenType === 'string' ? tokenType.toLowerCase() : ''
  // RFC 9449 §6.2.
  if (type === 'bearer' || (type === 'dpop' && isObject(cnf) && 'jkt' in cnf)) return
  throw new AccessTokenRefused('type', `introspection: token_type is ${quote(tokenType)}`)
}

export interface SignedAnswerPolicy extends Omit<SignaturePolicy, 'types'> {
  readonly issuer: string
  readonly clientId: string
  /** No answer was made before this. */
  readonly earliest: EpochSeconds
  /** Nor after this. */
  readonly latest: EpochSeconds
}

const signedAnswerSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: numericDate,
  token_introspection: z.record(z.string(), z.unknown()),
})

/** @throws AnswerInvalid, IssuerUnavailable (the keys cannot be read) */
export async function openSignedAnswer(
  text: string,
  policy: SignedAnswerPolicy,
): Promise<Readonly<Record<string, unknown>>> {
  const parsed = signedAnswerSchema.safeParse(await verifyAnswer(text.trim(), policy))
  if (!parsed.success) throw new AnswerInvalid('introspection: the JWT is no answer')
  const { iss, aud, iat, token_introspection: answer } = parsed.data
  if (iss !== policy.issuer) throw new AnswerInvalid('introspection: iss of the JWT is another')
  if (![aud].flat().includes(policy.clientId)) {
    throw new AnswerInvalid('introspection: the JWT is for somebody else')
  }
  if (iat > policy.latest) throw new AnswerInvalid('introspection: the JWT is of the future')
  // Threat: it does not say which token it is about; one that was overheard would be good for any.
  if (iat < policy.earliest) throw new AnswerInvalid('introspection: the JWT is an old one')
  return answer
}

async function verifyAnswer(text: string, policy: SignedAnswerPolicy): Promise<unknown> {
  const jwt = parseJwt(text)
  if (jwt === undefined) throw new AnswerInvalid('introspection: not a signed JWT')
  try {
    return await verifyJwt(jwt, { ...policy, types: ['token-introspection+jwt'] })
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error
    throw new AnswerInvalid(`introspection: ${error.message}`)
  }
}
