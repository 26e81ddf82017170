// What is known of a route that takes access tokens before any request: who judges them, where they may stand, and
// what callers are asked for.

import { findResourceOf, toProtectedResource } from '../../config/routes/protectedResources.ts'
import type { Config } from '../../config/config.ts'
import type { Challenge, ChallengeTerms, TokenScheme } from '../../errors/challenge.ts'
import type { ProofJudge } from '../../oidc/dpop/createProofJudge.ts'
import { createIssuerChoice, type JudgeToken } from '../../oidc/accessTokens/issuerChoice.ts'
import type { ResourceServer } from '../../oidc/accessTokens/resourceServer.ts'
import type { RoutedRequest } from '../../request.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { findBearerCredentials } from './bearerCredentials.ts'
import { createFindCredentials, type FindCredentials } from './bearerPlaces.ts'

export interface BearerOptions {
  readonly config: Pick<Config, 'publicUrl' | 'providers' | 'protectedResources'>
  /** Undefined where no provider takes proofs. */
  readonly proofs: ProofJudge | undefined
  readonly metrics: Pick<Metrics, 'accessTokens'>
}

export interface BearerPlan {
  readonly judge: JudgeToken
  readonly find: FindCredentials
  /** By what the request came with; undefined where a bare Bearer challenge says it all. */
  readonly challenges: Readonly<Record<TokenScheme, Challenge>> | undefined
}

type Route = RoutedRequest['route']

export function createBearerPlan(
  route: Route,
  all: readonly ResourceServer[],
  { config, metrics }: BearerOptions,
): BearerPlan {
  const servers = all.filter(({ provider }) => route.providers?.includes(provider.id) ?? true)
  const terms = toTerms(route, config)
  const takesProofs = terms.algorithms.length > 0
  return {
    judge: createIssuerChoice(servers, metrics),
    find: toFind(route, takesProofs ? ['Bearer', 'DPoP'] : ['Bearer'], config.publicUrl),
    challenges: isUsual(terms)
      ? undefined
      : { Bearer: { terms, sent: 'Bearer' }, DPoP: { terms, sent: 'DPoP' } },
  }
}

function toFind(
  { bearerMethods }: Route,
  schemes: readonly TokenScheme[],
  publicUrl: string,
): FindCredentials {
  if (bearerMethods !== undefined) return createFindCredentials(bearerMethods, schemes, publicUrl)
  return ({ received }) => findBearerCredentials(received.fields, schemes)
}

function toTerms(
  route: Route,
  { providers, protectedResources }: BearerOptions['config'],
): ChallengeTerms {
  const proving = providers
    .filter(({ id, bearer }) => bearer !== undefined && (route.providers?.includes(id) ?? true))
    .map(({ bearer }) => bearer?.dpop)
  const algorithms = new Set(proving.flatMap((dpop) => dpop?.algorithms ?? []))
  const schemes: ChallengeTerms['schemes'][number][] = []
  if (proving.some((dpop) => dpop?.required !== true)) schemes.push('Bearer')
  if (algorithms.size > 0) schemes.push('DPoP')
  if (route.bearerMethods?.basic === true) schemes.push('Basic')
  const resource = findResourceOf(route, protectedResources)
  return {
    schemes,
    algorithms: [...algorithms],
    resourceMetadata: resource && toProtectedResource(resource).metadataUrl,
  }
}

function isUsual({ schemes, resourceMetadata }: ChallengeTerms): boolean {
  return resourceMetadata === undefined && schemes.length === 1 && schemes[0] === 'Bearer'
}
