// Whether a logout was asked for by the person in front of the browser, or by a page of another site.

import { createHmac } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { createKeyRing, type SealingKey } from '../crypto/keyRing.ts'
import { isFetchedAhead } from '../http/navigation.ts'
import type { ReceivedRequest } from '../request.ts'
import { isEqual } from './seals.ts'

/** A link or an image of another site. The issuer may send people here. @see Fetch Metadata §2.4 */
export function isAskedByAnotherSite({ incoming }: ReceivedRequest, config: Config): boolean {
  const fields = incoming.headers
  // Because a page that is fetched ahead is not a person's wish.
  if (isFetchedAhead(fields)) return true
  if (fields['sec-fetch-site'] !== 'cross-site') return false
  const referrer = URL.parse(fields.referer ?? '')?.origin
  return !config.providers.some(({ issuer }) => new URL(issuer).origin === referrer)
}

/** Whether the browser itself says that the form was on a page of ours. */
export function isPostedByOurselves({ incoming }: ReceivedRequest, config: Config): boolean {
  const { origin, 'sec-fetch-site': site } = incoming.headers
  // Because our pages send no referrer, their forms are posted with `Origin: null`.
  if (origin !== undefined && origin !== 'null' && origin !== config.publicUrl) return false
  return site === undefined ? origin === config.publicUrl : site === 'same-origin'
}

/** Proofs that a logout form was on a page of ours: each is bound to a session. */
export interface CsrfTokens {
  create(sessionId: string): string
  isValid(token: string, sessionId: string): boolean
}

export function createCsrfTokens(config: Config): CsrfTokens {
  const ring = createKeyRing(config.sessions.keys, 'logout form')
  return {
    create: (sessionId) => toToken(ring.first, sessionId),
    isValid: (token, sessionId) => ring.all.some((key) => isEqual(token, toToken(key, sessionId))),
  }
}

function toToken({ key }: SealingKey, sessionId: string): string {
  return createHmac('sha256', key).update(sessionId).digest('base64url')
}
