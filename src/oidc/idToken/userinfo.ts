// Asks userinfo (OpenID Connect Core 1.0 §5.3), only where a claim that somebody needs is missing.

import { fetchProtectedResource } from 'openid-client'
import { z } from 'zod'
import type { ClaimValue, Claims } from '../../sessions/session.ts'
import { isAnyMissing, withUserinfo } from './claims.ts'
import type { Issuer } from '../issuer/discovery.ts'
import { AnswerInvalid, IssuerUnavailable, toIssuerFault } from '../issuer/faults.ts'

const userinfoSchema = z
  .object({ sub: z.string().min(1).max(255) })
  // Because what comes out of JSON.parse is a ClaimValue all through.
  .catchall(z.custom<ClaimValue>(() => true))

/** The claims of a verified ID Token, completed where needed. @throws IssuerUnavailable, AnswerInvalid */
export async function completeClaims(
  claims: Claims,
  issuer: Issuer,
  accessToken: string,
  neededClaims: readonly string[],
): Promise<Claims> {
  const endpoint = issuer.metadata.userinfo_endpoint
  if (endpoint === undefined || !isAnyMissing(claims, neededClaims)) return claims
  const userinfo = await readUserinfo(issuer, new URL(endpoint), accessToken)
  // OpenID Connect Core 1.0 §5.3.2. Threat: an access token of somebody else put beside this ID Token.
  if (userinfo.sub !== claims['sub']) {
    throw new AnswerInvalid('userinfo: sub is not the one of the ID Token')
  }
  return withUserinfo(claims, userinfo)
}

/**
 * Who somebody is where there is no ID Token: `sub` and the profile.
 * @throws IssuerUnavailable, AnswerInvalid
 */
export async function readUserinfoClaims(issuer: Issuer, accessToken: string): Promise<Claims> {
  const endpoint = issuer.metadata.userinfo_endpoint
  if (endpoint === undefined) throw new AnswerInvalid('neither an ID Token nor a userinfo_endpoint')
  const userinfo = await readUserinfo(issuer, new URL(endpoint), accessToken)
  return withUserinfo({ sub: userinfo.sub }, userinfo)
}

// Because the library's own fetchUserInfo takes a signed answer without verifying the signature; here a
// signed one is refused, since it is no JSON object (issuerFetch.ts).
async function readUserinfo(
  issuer: Issuer,
  endpoint: URL,
  accessToken: string,
): Promise<z.output<typeof userinfoSchema>> {
  const fields = new Headers({ accept: 'application/json' })
  const response = await fetchProtectedResource(
    issuer.configuration,
    accessToken,
    endpoint,
    'GET',
    null,
    fields,
  ).catch((error: unknown) => {
    throw toIssuerFault(error)
  })
  if (response.status !== 200) throw new IssuerUnavailable(`userinfo: answered ${response.status}`)
  const parsed = userinfoSchema.safeParse(await response.json())
  if (!parsed.success) throw new AnswerInvalid('userinfo: sub is missing')
  return parsed.data
}
