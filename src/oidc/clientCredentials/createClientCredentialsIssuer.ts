// Callers who bring a client id and a secret, at one provider: the issuer is asked for a token of theirs, and what
// came out is remembered, the secret never. Hot: one hash and two look-ups for a caller who is known.

import type { ClientCredentialsProvider } from '../../config/config.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import type { AuthenticationResult } from '../../request.ts'
import type { Log } from '../../telemetry/log.ts'
import { foldAccountName } from '../../throttling/accountName.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { createAttemptLimit } from './attemptLimit.ts'
import { createBackgroundReading } from '../issuer/backgroundReading.ts'
import type { ClientCredentials, ClientCredentialsIssuer } from './clientCredentialsIssuer.ts'
import { createClientTokenRequest, type ClientTokenRequestOptions } from './clientTokenRequest.ts'
import { createCredentialCache, type CredentialAnswer } from './credentialCache.ts'
import { createCredentialHash } from './credentialHash.ts'
import { isIssuerFault } from '../issuer/faults.ts'
import { createIssuedTokenJudge, type IssuedToken } from './issuedTokenJudge.ts'
import { createIssuerFetch } from '../issuer/issuerFetch.ts'
import { toRefusedClient } from './refusedClient.ts'
import type { ResourceServer } from '../accessTokens/resourceServer.ts'

export interface ClientCredentialsIssuerOptions extends Pick<
  ClientTokenRequestOptions,
  'provider' | 'clock'
> {
  /** Judges the tokens, where the provider has `bearer`. */
  readonly resourceServer: ResourceServer | undefined
  /** `insecure.allowHttpIssuer`. */
  readonly allowHttp: boolean
  readonly log: Log
  readonly metrics: Pick<Metrics, 'clientCredentials'>
}

export interface BackgroundClientCredentialsIssuer extends ClientCredentialsIssuer {
  /** Begins to read the issuer's metadata, and keeps reading them. */
  start(): void
  stop(): void
}

/** What one request wants. */
interface Attempt {
  readonly credentials: ClientCredentials
  readonly scopes: readonly string[]
  readonly requestKey: string
}

type Pending = AuthenticationResult | Promise<AuthenticationResult>

const renewAfterSeconds = 30
const retryAfterSeconds = 5

export function createClientCredentialsIssuer(
  options: ClientCredentialsIssuerOptions,
): BackgroundClientCredentialsIssuer {
  const { provider, clock, log, metrics, allowHttp, resourceServer } = options
  const { timeout, negativeCacheTime } = provider.clientCredentials
  const readFetch = createIssuerFetch({ allowHttp })
  const reading = createBackgroundReading(
    { provider, fetch: readFetch, clock, log },
    (read) => read,
  )
  const requestToken = createClientTokenRequest({
    provider,
    clock,
    fetch: createIssuerFetch({ allowHttp, timeout }),
    metadata: () => reading.demand(),
  })
  const attempts = createAttemptLimit(clock)
  const cache = createCredentialCache<IssuedToken>({ clock, attempts, negativeCacheTime })
  const hash = createCredentialHash()
  const judge = createIssuedTokenJudge(resourceServer)
  const count = (outcome: string): void =>
    metrics.clientCredentials.inc({ provider: provider.id, outcome })
  const countKnown = metrics.clientCredentials.open({ provider: provider.id, outcome: 'known' })

  async function obtain(attempt: Attempt): Promise<AuthenticationResult> {
    const { credentials, scopes, requestKey } = attempt
    const { clientId, clientSecret } = credentials
    const keys = {
      account: hash(provider.id, foldAccountName(clientId)),
      credentials: hash(provider.id, clientId, clientSecret.reveal()),
      request: requestKey,
    }
    try {
      const caller = attempts.isProven(keys.credentials) ? 'known' : 'stranger'
      const answer = await cache.obtain(keys, () => requestToken(credentials, scopes, caller))
      count(answer.outcome)
      return await settle(answer, attempt)
    } catch (error) {
      if (!isIssuerFault(error)) throw error
      count('unavailable')
      const { message } = error
      throw new GatewayError('issuer_unavailable', message, { cause: error, retryAfterSeconds })
    }
  }

  function settle(answer: CredentialAnswer<IssuedToken>, attempt: Attempt): Pending {
    if (answer.outcome !== 'granted') return toRefusedClient(answer, attempt.scopes)
    const issued = answer.value
    const judged = judge(issued)
    return judged instanceof Promise
      ? judged.then((result) => conclude(issued, result, attempt))
      : conclude(issued, judged, attempt)
  }

  function conclude(issued: IssuedToken, result: AuthenticationResult, attempt: Attempt): Pending {
    if (result.outcome !== 'rejected') return result
    if (clock.now() - issued.askedAt < renewAfterSeconds) {
      const detail = `the token of this client: ${result.detail}${adviceFor(provider)}`
      throw new GatewayError('access_denied', detail)
    }
    // Because a token may be revoked while the credentials that it was given for are as good as ever.
    const current = cache.find(attempt.requestKey)
    if (current?.outcome === 'granted' && current.value === issued) cache.forget(attempt.requestKey)
    return obtain(attempt)
  }

  return {
    provider,
    get isReady() {
      return reading.current() !== undefined
    },
    forScopes(scopes) {
      const wanted = scopes.join(' ')
      return (credentials) => {
        const { clientId, clientSecret } = credentials
        const requestKey = hash(provider.id, wanted, clientId, clientSecret.reveal())
        const verdict = cache.find(requestKey)
        const attempt = { credentials, scopes, requestKey }
        if (verdict === undefined) return obtain(attempt)
        countKnown()
        return settle(verdict, attempt)
      }
    },
    start: () => reading.start(),
    stop: () => reading.stop(),
  }
}

/** For the log: why it may be that the issuer gave a token that is not for this API. */
function adviceFor({ clientCredentials }: ClientCredentialsProvider): string {
  const { resource, audience } = clientCredentials
  if (resource !== undefined || audience !== undefined) return ''
  return '; no clientCredentials.resource, nor audience, says which of bearer.audiences it is to be for'
}
