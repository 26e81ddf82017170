// Asks the issuer about one token (RFC 7662): whether it counts, and what is true of it now. Keeps no answer;
// 64 calls at a time, 256 behind them; tokens that were active before go first.

import type { BearerProvider } from '../../config/config.ts'
import { createExpiringMap } from '../../expiringMap.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../../time.ts'
import { createCallLimit } from '../issuer/callLimit.ts'
import { toClientAuthentication } from '../issuer/discovery.ts'
import { AnswerInvalid, IssuerUnavailable, toErrorCode } from '../issuer/faults.ts'
import {
  checkActive,
  openSignedAnswer,
  signedAnswerType,
  type ActiveToken,
} from './introspectionAnswer.ts'
import type { IssuerFetch } from '../issuer/issuerFetch.ts'
import type { IssuerMetadata } from '../issuer/issuerMetadata.ts'
import { isObject } from './jwt.ts'
import { toTokenKey } from './tokenKey.ts'
import type { IssuerKeys } from '../issuer/keys.ts'

export interface IntrospectionOptions {
  readonly provider: BearerProvider & { readonly clientId: string }
  readonly metadata: () => Promise<IssuerMetadata>
  readonly fetch: IssuerFetch
  readonly keys: Pick<IssuerKeys, 'find'>
  readonly clock: Clock
  readonly clockSkew: Milliseconds
}

/** @throws AccessTokenRefused (it does not count), IssuerUnavailable, AnswerInvalid */
export type Introspect = (token: string) => Promise<ActiveToken>

const maxRunning = 64
const maxWaiting = 256
const maxKnown = 10_000
const knownFor: EpochSeconds = 900

export function createIntrospection(options: IntrospectionOptions): Introspect {
  const limit = createCallLimit(maxRunning, maxWaiting)
  const known = createExpiringMap<true>(maxKnown, options.clock)
  return async (token) => {
    const key = toTokenKey(token)
    const askedAt = options.clock.now()
    const caller = known.find(key) === true ? 'known' : 'stranger'
    const answer = await limit.run(() => ask(options, token), caller)
    known.delete(key)
    const active = await readActive(answer, options, askedAt)
    known.save(key, true, options.clock.now() + knownFor)
    return active
  }
}

async function readActive(
  answer: Record<string, unknown> | string,
  { provider, keys, clock, clockSkew }: IntrospectionOptions,
  askedAt: EpochSeconds,
): Promise<ActiveToken> {
  if (typeof answer !== 'string') return checkActive(answer, provider.issuer)
  const signed = await openSignedAnswer(answer, {
    issuer: provider.issuer,
    clientId: provider.clientId,
    algorithms: provider.bearer.algorithms,
    keys,
    earliest: Math.floor(askedAt) - clockSkew / 1000,
    latest: clock.now() + clockSkew / 1000,
  })
  return checkActive(signed, provider.issuer)
}

/** The members of the answer, or a JWT that holds them. */
async function ask(
  { provider, metadata, fetch }: IntrospectionOptions,
  token: string,
): Promise<Record<string, unknown> | string> {
  const known = await metadata()
  const endpoint = known.introspection_endpoint
  if (endpoint === undefined)
    throw new IssuerUnavailable('the metadata name no introspection_endpoint')
  const isSigned = provider.bearer.introspection.answer === 'jwt'
  const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
  const headers = new Headers({
    accept: isSigned ? signedAnswerType : 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  })
  toClientAuthentication(provider)(known, { client_id: provider.clientId }, body, headers)
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: Object.fromEntries(headers),
    body,
    ...(isSigned ? { textType: signedAnswerType } : {}),
  })
  return readAnswer(response, isSigned)
}

async function readAnswer(
  response: Response,
  isSigned: boolean,
): Promise<Record<string, unknown> | string> {
  if (response.headers.get('content-type') === signedAnswerType) return response.text()
  const answer: unknown = await response.json()
  const members = isObject(answer) ? answer : {}
  if (response.status !== 200) {
    // Because the caller is not to blame where the issuer does not know us.
    throw new IssuerUnavailable(`introspection: answered ${toErrorCode(String(members['error']))}`)
  }
  // Threat: whoever is on the way could take the signature off.
  if (isSigned) throw new AnswerInvalid('introspection: asked for a JWT, got JSON')
  return members
}
