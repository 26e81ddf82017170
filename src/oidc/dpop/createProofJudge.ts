// Judges the DPoP proof of one request, by the steps of RFC 9449 §4.3 in their order, and remembers it so that it
// counts once. A verdict is never kept: every request brings a proof of its own.

import { hash } from 'node:crypto'
import type { SessionSettings } from '../../config/config.ts'
import type { DpopConfig } from '../../config/schema/bearer.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock, EpochSeconds, Milliseconds } from '../../time.ts'
import { createDpopNonces } from './dpopNonces.ts'
import {
  checkRequest,
  checkToken,
  openProof,
  ProofRefused,
  type DpopProof,
  type ProvedRequest,
} from './dpopProof.ts'
import { createMemoryReplayStore, createRedisReplayStore } from './replayStore.ts'

export interface PresentedProof {
  readonly proof: string
  readonly request: ProvedRequest
  readonly accessToken: string
  /** The thumbprint that the token is bound to. */
  readonly bound: string
}

export interface ProofVerdict {
  readonly outcome: 'proved' | 'refused' | 'replayed' | 'nonce_needed'
  /** For the log. */
  readonly detail: string
  /** What the next proofs of this caller have to contain. */
  readonly nonce?: string
}

export interface ProofJudge {
  /** @throws GatewayError `proof_store_unavailable` */
  judge(presented: PresentedProof, settings: DpopConfig): Promise<ProofVerdict>
  /** Used proofs can be told from new ones. */
  readonly isReady: boolean
  close(): Promise<void>
}

export interface ProofJudgeOptions {
  readonly sessions: Pick<SessionSettings, 'keys' | 'redis'>
  readonly clockSkew: Milliseconds
  readonly clock: Clock
  readonly log: Log
}

export function createProofJudge({
  sessions,
  clockSkew,
  clock,
  log,
}: ProofJudgeOptions): ProofJudge {
  const nonces = createDpopNonces(sessions.keys, clock)
  const store =
    sessions.redis === undefined
      ? createMemoryReplayStore(clock)
      : createRedisReplayStore(sessions.redis, log)

  /** RFC 9449 §4.3, 10 and 11: when the proof was made, by the nonce where there has to be one. */
  function findMoment(
    { iat, nonce = '' }: DpopProof,
    settings: DpopConfig,
  ): EpochSeconds | undefined {
    const made = settings.nonce ? nonces.findTime(nonce) : iat
    if (made === undefined) return undefined
    const age = (clock.now() - made) * 1000
    const oldest = settings.maxAge + (settings.nonce ? 0 : clockSkew)
    if (age <= oldest && age >= -clockSkew) return made
    if (settings.nonce) return undefined
    throw new ProofRefused(`iat: ${iat} is too far from now`)
  }

  function isNew(proof: DpopProof, made: EpochSeconds, { maxAge }: DpopConfig) {
    const key = hash('sha256', JSON.stringify([proof.jkt, proof.jti]), 'base64url')
    // Because it has to outlast the last moment at which the proof counts.
    const lifetime = (made - clock.now()) * 1000 + maxAge + clockSkew + 1000
    return store.claim(key, lifetime)
  }

  async function judge(presented: PresentedProof, settings: DpopConfig): Promise<ProofVerdict> {
    const { algorithms } = settings
    const proof = await openProof(presented.proof, { algorithms, bound: presented.bound })
    checkRequest(proof, presented.request)
    const made = findMoment(proof, settings)
    if (made === undefined) {
      const detail = proof.nonce === undefined ? 'no nonce' : 'the nonce is old, or none of ours'
      return { outcome: 'nonce_needed', detail, nonce: nonces.create() }
    }
    checkToken(proof, presented.accessToken)
    if (!(await isNew(proof, made, settings))) {
      return { outcome: 'replayed', detail: 'jti: was used before' }
    }
    // RFC 9449 §8.2: the next one in time, so that nobody has to be sent back.
    const isAging = settings.nonce && (clock.now() - made) * 1000 > settings.maxAge / 2
    return { outcome: 'proved', detail: '', ...(isAging ? { nonce: nonces.create() } : {}) }
  }

  return {
    async judge(presented, settings) {
      try {
        return await judge(presented, settings)
      } catch (error) {
        if (error instanceof ProofRefused) return { outcome: 'refused', detail: error.message }
        throw error
      }
    },
    get isReady() {
      return store.isReady()
    },
    close: () => store.close(),
  }
}
