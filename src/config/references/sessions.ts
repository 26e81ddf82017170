import type { Finding } from '../problem.ts'
import type { UnresolvedConfig } from '../schema.ts'

export function findSessionProblems({ sessions }: UnresolvedConfig): Finding[] {
  const problems: Finding[] = []
  if (sessions.store === 'redis' && sessions.redis === undefined) {
    const message = 'redis needs to know the server: set sessions.redis.url.'
    problems.push({ path: ['sessions', 'store'], message })
  }
  if (sessions.store === 'redis' && (sessions.keys ?? []).length === 0) {
    const message =
      'redis needs sessions.keys: without them no replica opens the sessions of another, nor its own after a restart.'
    problems.push({ path: ['sessions', 'store'], message })
  }
  if (sessions.lifetime < sessions.idleTimeout) {
    const message = 'expected at least as long as sessions.idleTimeout.'
    problems.push({ path: ['sessions', 'lifetime'], message })
  }
  if (sessions.redis?.tls !== undefined && !sessions.redis.url.startsWith('rediss:')) {
    const message = 'expected rediss:// in sessions.redis.url; redis:// does not speak TLS.'
    problems.push({ path: ['sessions', 'redis', 'tls'], message })
  }
  return problems
}

export function findSessionWarnings({ sessions }: UnresolvedConfig): Finding[] {
  const warnings: Finding[] = []
  if (sessions.store === 'cookie') {
    const message =
      'the cookie store cannot end a session that was copied: logout forgets it in that browser alone.'
    warnings.push({ path: ['sessions', 'store'], message })
  }
  if (sessions.store !== 'redis' && sessions.redis !== undefined) {
    const message = `not used, because sessions.store is ${sessions.store}.`
    warnings.push({ path: ['sessions', 'redis'], message, pointsAt: 'key' })
  }
  if ((sessions.keys ?? []).length === 0) {
    const message =
      'not set: a key is made at start, so sessions end with the process and cannot be shared.'
    warnings.push({ path: ['sessions', 'keys'], message })
  }
  return warnings
}
