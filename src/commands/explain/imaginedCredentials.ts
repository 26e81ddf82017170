// What stands for the credentials that an upstream is sent: `explain` asks nobody for a token and prints no secret.

import type { Config } from '../../config/config.ts'
import type { AuthorizationSource } from '../../identity/authorizationSource.ts'

const stands = {
  'access-token': 'Bearer (the access token of the caller)',
  'client-credentials': 'Bearer (an access token of this gateway)',
  'token-exchange': 'Bearer (what the access token of the caller is exchanged for)',
} as const

/** By upstream. */
export function imagineCredentials({
  upstreams,
}: Pick<Config, 'upstreams'>): ReadonlyMap<string, AuthorizationSource> {
  const sources = Object.entries(upstreams).flatMap(([name, { credentials }]) => {
    if (credentials.type === 'none') return []
    const { type } = credentials
    const stand =
      type === 'basic' ? `Basic (${credentials.userClaim} and the password)` : stands[type]
    return [[name, createStand(stand, type !== 'client-credentials')] as const]
  })
  return new Map(sources)
}

function createStand(stand: string, isMadeOfCaller: boolean): AuthorizationSource {
  return {
    find: ({ principal }) => (principal === undefined && isMadeOfCaller ? undefined : stand),
  }
}
