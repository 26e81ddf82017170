import type { Finding } from '../problems/problem.ts'
import { findWhereReadable } from '../readable.ts'
import { isForPeople } from '../routes/route.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { SessionsConfig } from '../schema/sessions.ts'

export function findSessionProblems({ sessions }: UnresolvedConfig): Finding[] {
  return findWhereReadable(
    () => findServerProblems(sessions),
    () => findKeyProblems(sessions),
    () => findLifetimeProblems(sessions),
    () => findRedisTlsProblems(sessions),
  )
}

function findServerProblems({ store, redis }: SessionsConfig): Finding[] {
  if (store !== 'redis' || redis !== undefined) return []
  const message = 'redis needs to know the server: set sessions.redis.url.'
  return [{ path: ['sessions', 'store'], message }]
}

function findKeyProblems({ store, keys = [] }: SessionsConfig): Finding[] {
  if (store !== 'redis' || keys.length > 0) return []
  const message =
    'redis needs sessions.keys: without them no replica opens the sessions of another, nor its own after a restart.'
  return [{ path: ['sessions', 'store'], message }]
}

function findLifetimeProblems({ lifetime, idleTimeout }: SessionsConfig): Finding[] {
  if (lifetime >= idleTimeout) return []
  const message = 'expected at least as long as sessions.idleTimeout.'
  return [{ path: ['sessions', 'lifetime'], message }]
}

function findRedisTlsProblems({ redis }: SessionsConfig): Finding[] {
  if (redis?.tls === undefined || redis.url.startsWith('rediss:')) return []
  const message = 'expected rediss:// in sessions.redis.url; redis:// does not speak TLS.'
  return [{ path: ['sessions', 'redis', 'tls'], message }]
}

export function findSessionWarnings(config: UnresolvedConfig): Finding[] {
  const { sessions } = config
  const warnings: Finding[] = []
  const isSignedInAt = config.routes.some(
    (route) => route.access !== 'public' && isForPeople(route),
  )
  if (sessions.store === 'cookie' && isSignedInAt) {
    const message =
      'the cookie store cannot end a session that was copied: logout forgets it in that browser alone. memory and redis can.'
    warnings.push({ path: ['sessions', 'store'], message })
  }
  if (sessions.redis !== undefined && sessions.store !== 'redis' && !isForCounters(config)) {
    const message = `not used, because sessions.store is ${sessions.store}, and nothing else that is configured counts there.`
    warnings.push({ path: ['sessions', 'redis'], message, pointsAt: 'key' })
  }
  if ((sessions.keys ?? []).length === 0 && (isSignedInAt || hasNonces(config))) {
    const message =
      'not set: a key is made at start, so sessions end with the process and cannot be shared. Make one with: postern keygen'
    warnings.push({ path: ['sessions', 'keys'], message })
  }
  return warnings
}

/** Whether the nonces of DPoP have to be opened by every replica. */
function hasNonces({ providers }: UnresolvedConfig): boolean {
  return providers.some(({ bearer }) => bearer?.dpop?.nonce === true)
}

/** Whether something besides sessions is kept there: quotas, DPoP proofs, failures of passwords. */
function isForCounters({ routes, providers }: UnresolvedConfig): boolean {
  return (
    routes.some(({ quotas }) => quotas !== undefined) ||
    providers.some(({ bearer, password }) => bearer?.dpop !== undefined || password !== undefined)
  )
}
