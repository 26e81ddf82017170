// What stands for the credentials that an upstream is sent: `explain` asks nobody for a token and prints no secret.

import type { Config, UpstreamCredentials } from '../../config/config.ts'
import { Secret } from '../../crypto/secret.ts'
import { fromClaim, type AuthorizationSource } from '../../identity/authorizationSource.ts'

const stands = {
  'access-token': 'Bearer (the access token of the caller)',
  'client-credentials': 'Bearer (an access token of this gateway)',
  'token-exchange': 'Bearer (what the access token of the caller is exchanged for)',
} as const

/** By upstream. */
export function imagineCredentials({
  upstreams,
}: Pick<Config, 'upstreams'>): ReadonlyMap<string, AuthorizationSource> {
  const sources = Object.entries(upstreams).flatMap(([name, { credentials }]) =>
    credentials.type === 'none' ? [] : [[name, imagineSource(credentials)] as const],
  )
  return new Map(sources)
}

function imagineSource(
  credentials: Exclude<UpstreamCredentials, { type: 'none' }>,
): AuthorizationSource {
  if (credentials.type === 'basic') return imagineBasic(credentials.userClaim)
  const stand = stands[credentials.type]
  const isMadeOfCaller = credentials.type !== 'client-credentials'
  return {
    find: ({ principal }) => (principal === undefined && isMadeOfCaller ? undefined : stand),
  }
}

function imagineBasic(userClaim: string): AuthorizationSource {
  const source = fromClaim(userClaim, new Secret(''))
  return {
    find(authorized) {
      const value = source.find(authorized)
      if (typeof value !== 'string') return value
      // Because what is printed are fields, whose bytes come one by one.
      const pair = Buffer.from(value.slice('Basic '.length), 'base64').toString('latin1')
      const [user = ''] = pair.split(':')
      return `Basic (${user} and the password)`
    },
  }
}
