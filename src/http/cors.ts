// What a route's answers say to scripts of other origins (Fetch §3.3), made once for each origin that it lists.
// An origin that is not listed is told nothing. Hot on routes with `cors`; measured by `npm run bench`.

import type { CorsConfig } from '../config/schema/cors.ts'

export interface CorsPolicy {
  readonly allows: (origin: string) => boolean
  /** Names and values in turn, for every answer but the one to a preflight. */
  readonly answerFields: (origin: string | undefined) => readonly string[]
  /** The answer to a preflight; undefined where the origin, or the method, may not call. */
  readonly findPreflightFields: (origin: string, method: string) => readonly string[] | undefined
}

interface OriginFields {
  readonly answer: readonly string[]
  readonly preflight: readonly string[]
}

export function compileCors(config: CorsConfig): CorsPolicy {
  const { origins, methods } = config
  const byOrigin = new Map(origins.map((origin) => [origin, toOriginFields(origin, config)]))
  const ofAnyOrigin = byOrigin.get('*')
  const ofNoOrigin = ['Vary', 'Origin']
  const find = (origin: string) => ofAnyOrigin ?? byOrigin.get(origin)
  return {
    allows: (origin) => find(origin) !== undefined,
    answerFields: (origin) =>
      ofAnyOrigin?.answer ?? byOrigin.get(origin ?? '')?.answer ?? ofNoOrigin,
    findPreflightFields(origin, method) {
      const fields = methods?.includes(method) === false ? undefined : find(origin)?.preflight
      if (fields === undefined) return undefined
      return [...fields, 'Access-Control-Allow-Methods', (methods ?? [method]).join(', ')]
    },
  }
}

function toOriginFields(origin: string, config: CorsConfig): OriginFields {
  const { headers, exposeHeaders, credentials, maxAge } = config
  const common = ['Access-Control-Allow-Origin', origin]
  if (credentials) common.push('Access-Control-Allow-Credentials', 'true')
  // Because the challenge says what a script lacks, and is hidden from it otherwise.
  const exposed = ['WWW-Authenticate', ...exposeHeaders].join(', ')
  const answer = [...common, 'Access-Control-Expose-Headers', exposed]
  if (origin !== '*') answer.push('Vary', 'Origin')
  const preflight = [...common]
  if (headers.length > 0) preflight.push('Access-Control-Allow-Headers', headers.join(', '))
  if (maxAge !== undefined) preflight.push('Access-Control-Max-Age', String(maxAge / 1000))
  preflight.push('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers')
  return { answer, preflight }
}
