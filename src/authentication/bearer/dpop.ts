// The DPoP field as proof that a token is the sender's (RFC 9449 §7): there once, made for this very request by the
// key that the token is bound to, and never used before. A bound token sent as Bearer is refused.

import type { DpopConfig } from '../../config/schema/bearer.ts'
import { findFieldValues } from '../../http/fields.ts'
import type { ProofVerdict } from '../../oidc/dpop/createProofJudge.ts'
import type { AuthenticationResult, RoutedRequest } from '../../request.ts'
import type { BearerOptions } from './bearerPlan.ts'
import { createFindOwnOrigin } from './ownOrigins.ts'
import type { PossessionCheck } from './possession.ts'

type Rejected = Extract<AuthenticationResult, { outcome: 'rejected' }>

export interface DpopOptions extends BearerOptions {
  /** Of a provider, by its id. */
  readonly findSettings: (providerId: string) => DpopConfig | undefined
}

/** @throws GatewayError `proof_store_unavailable` */
export function createDpopCheck(options: DpopOptions): PossessionCheck {
  const { proofs, findSettings, metrics } = options
  const findOrigin = createFindOwnOrigin(options.config)

  async function judge(token: Parameters<PossessionCheck>[0]): Promise<ProofVerdict> {
    const { received, target } = token.routed
    const [proof, ...further] = findFieldValues(received.fields, 'dpop')
    const settings = findSettings(token.principal.providerId)
    if (proofs === undefined || settings === undefined)
      throw new Error('no proofs are taken for this provider')
    if (proof === undefined || further.length > 0) {
      return {
        outcome: 'refused',
        detail: `${further.length + Number(proof !== undefined)} DPoP fields`,
      }
    }
    const origin = findOrigin(token.routed)
    // Threat: a server that gets a proof for itself sends it on to us, with its own name as Host.
    if (origin === undefined) return unknownHost
    const request = { method: received.method, origin, path: target.path }
    const presented = { proof, request, accessToken: token.token, bound: token.bound }
    return proofs.judge(presented, settings)
  }

  return async (token) => {
    const { principal, routed, scheme } = token
    if (scheme !== 'DPoP') {
      metrics.accessTokens.inc({ provider: principal.providerId, outcome: 'bound' })
      return { outcome: 'rejected', code: 'invalid_token', detail: 'cnf: jkt, and sent as Bearer' }
    }
    const { outcome, detail, nonce } = await judge(token)
    if (nonce !== undefined) addNonce(routed, nonce)
    if (outcome === 'proved') return undefined
    metrics.accessTokens.inc({ provider: principal.providerId, outcome: outcomes[outcome] })
    return { outcome: 'rejected', code: codes[outcome], detail: `DPoP: ${detail}` }
  }
}

const unknownHost: ProofVerdict = {
  outcome: 'refused',
  detail: 'htu: the host is none of publicUrl, protectedResources and the match of the route',
}

const codes: Record<Exclude<ProofVerdict['outcome'], 'proved'>, Rejected['code']> = {
  refused: 'invalid_dpop_proof',
  replayed: 'invalid_dpop_proof',
  nonce_needed: 'use_dpop_nonce',
}

const outcomes: Record<keyof typeof codes, string> = {
  refused: 'proof',
  replayed: 'replayed',
  nonce_needed: 'nonce',
}

/** RFC 9449 §8.2, §9. */
function addNonce({ received }: RoutedRequest, nonce: string): void {
  received.answerFields = [...(received.answerFields ?? []), 'DPoP-Nonce', nonce]
}
