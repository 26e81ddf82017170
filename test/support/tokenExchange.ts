// A small RFC 8693 grant for the test issuer: an access token of its own, for a JWT that names the same subject and
// the audience that was asked for.

import { randomUUID } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider'

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

export interface Exchange {
  readonly clientId: string | undefined
  readonly subjectToken: string
  readonly audience: string
  readonly issued: string
}

export interface TokenExchange {
  readonly exchanges: Exchange[]
  /** Subjects whose tokens are not exchanged. */
  readonly refused: Set<string>
}

/** To be called before the issuer is asked for anything. `lifetime` in seconds. */
export function allowTokenExchange(provider: Provider, lifetime = 300): TokenExchange {
  const exchanges: Exchange[] = []
  const refused = new Set<string>()
  const names = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'scope']
  provider.registerGrantType(
    grantType,
    async (context) => {
      const params = readParameters(context)
      const subject = await findSubject(provider, params['subject_token'] ?? '')
      if (params['subject_token_type'] !== accessTokenType || subject === undefined) {
        throw new errors.InvalidRequest('subject_token')
      }
      if (refused.has(subject)) throw new errors.InvalidGrant('this subject may not')
      const audience = params['audience'] ?? ''
      const clientId = context.oidc.client?.clientId
      const issued = await sign({ iss: provider.issuer, sub: subject, aud: audience }, lifetime)
      exchanges.push({ clientId, subjectToken: params['subject_token'] ?? '', audience, issued })
      context.body = {
        access_token: issued,
        issued_token_type: accessTokenType,
        token_type: 'Bearer',
        expires_in: lifetime,
      }
    },
    names,
  )
  return { exchanges, refused }
}

function readParameters({ oidc }: KoaContextWithOIDC): Record<string, string | undefined> {
  const entries = Object.entries(oidc.params ?? {})
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
  )
}

/** Opaque ones are known by heart; JWTs say it themselves. */
async function findSubject(provider: Provider, token: string): Promise<string | undefined> {
  const found = await provider.AccessToken.find(token)
  if (found !== undefined) return found.accountId
  return token.split('.').length === 3 ? decodeJwt(token).sub : undefined
}

function sign(claims: Record<string, string>, lifetime: number): Promise<string> {
  return new SignJWT({ ...claims, jti: randomUUID() })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setExpirationTime(`${lifetime}s`)
    .sign(new TextEncoder().encode('a key of the test issuer for exchanged tokens'))
}

/** For the `grant_types` of a client. */
export const exchangeGrantType = grantType
