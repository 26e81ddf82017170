// Whom `postern explain` assumes to call: the claims of a file, as those of a token that has been verified.

import { readFile } from 'node:fs/promises'
import type { Config, Provider } from '../../config/config.ts'
import { parseAccessTokenClaims } from '../../oidc/accessTokens/accessTokenClaims.ts'
import { toPrincipal } from '../../oidc/accessTokens/accessTokenPrincipal.ts'
import { AccessTokenRefused } from '../../oidc/accessTokens/accessTokenRefused.ts'
import type { Principal } from '../../request.ts'

export interface Assumption {
  readonly claimsFile: string | undefined
  /** Separated by spaces. */
  readonly scopes: string | undefined
  readonly providerId: string | undefined
  readonly kind: Principal['kind'] | undefined
}

/** What the file says; of unknown shape. */
type WrittenClaims = Readonly<Record<string, unknown>>

/** Something to assume that makes no sense; one sentence. */
export class AssumptionRefused extends Error {
  override readonly name = 'AssumptionRefused'
}

export interface AssumedCaller {
  readonly principal: Principal
  /** Undefined where nothing is assumed of the claims. */
  readonly written: WrittenClaims | undefined
}

/**
 * Undefined where nothing is assumed.
 *
 * @throws AssumptionRefused
 */
export async function toAssumedCaller(
  assumption: Assumption,
  { providers }: Pick<Config, 'providers'>,
): Promise<AssumedCaller | undefined> {
  if (Object.values(assumption).every((value) => value === undefined)) return undefined
  const { claimsFile } = assumption
  const written = claimsFile === undefined ? undefined : await readClaims(claimsFile)
  const claims = written ?? {}
  const provider = findProvider(assumption.providerId, claims['iss'], providers)
  try {
    return { principal: assume(claims, assumption, provider), written }
  } catch (error) {
    if (!(error instanceof AccessTokenRefused)) throw error
    throw new AssumptionRefused(
      `${claimsFile} does not hold the claims of a token: ${error.message}.`,
    )
  }
}

async function readClaims(file: string): Promise<WrittenClaims> {
  const text = await readFile(file, 'utf8').catch((fault: unknown) => {
    throw new AssumptionRefused(`${file} ${describeReadFault(fault)}.`)
  })
  const claims = parseJson(text)
  if (isObject(claims)) return claims
  throw new AssumptionRefused(`${file} holds no JSON object, such as { "sub": "ada" }.`)
}

function describeReadFault(fault: unknown): string {
  const isMissing = fault instanceof Error && 'code' in fault && fault.code === 'ENOENT'
  return isMissing ? 'does not exist' : 'cannot be read'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is WrittenClaims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function findProvider(
  id: string | undefined,
  issuer: unknown,
  providers: readonly Provider[],
): Provider {
  const found =
    id === undefined
      ? (providers.find((provider) => provider.issuer === issuer) ?? providers[0])
      : providers.find((provider) => provider.id === id)
  if (found !== undefined) return found
  const known = providers.map((provider) => provider.id).join(', ')
  throw new AssumptionRefused(`No provider has the id "${id}"; there are: ${known}.`)
}

function assume(
  claims: WrittenClaims,
  { scopes, kind }: Assumption,
  { id, issuer }: Provider,
): Principal {
  const { client_id: clientId, aud } = claims
  const someone = clientId === undefined || kind === 'person' ? { sub: 'somebody' } : {}
  const granted = scopes === undefined ? {} : { scope: scopes }
  const needed = { iss: issuer, aud: aud ?? [], exp: 0 }
  const {
    audiences,
    endsAt: _,
    ...principal
  } = toPrincipal(parseAccessTokenClaims({ ...someone, ...claims, ...granted, ...needed }), id)
  return {
    ...principal,
    kind: kind ?? principal.kind,
    ...(aud === undefined || audiences === undefined ? {} : { audiences }),
  }
}
