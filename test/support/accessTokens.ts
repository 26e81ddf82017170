// Access tokens for tests: from a real issuer by client credentials, or made by a rogue one.

import { randomUUID } from 'node:crypto'
import { createHttpClient, type HttpAnswer } from './httpClient.ts'
import type { TestIssuer } from './issuer.ts'
import { signWith, type IdTokenTwist, type RogueIssuer } from './rogueIssuer.ts'

const asMachine = [
  ['Authorization', `Basic ${Buffer.from('machine:machine-secret').toString('base64')}`],
  ['Content-Type', 'application/x-www-form-urlencoded'],
].flat()

/** A token that `machine` gets for itself (RFC 6749 §4.4, RFC 8707). */
export async function requestToken(
  issuer: Pick<TestIssuer, 'issuer'>,
  parameters: { readonly resource?: string; readonly scope?: string },
): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString()
  return readToken(await post(`${issuer.issuer}/token`, body))
}

function readToken(answer: HttpAnswer): string {
  const value = answer.json()
  if (typeof value !== 'object' || value === null || !('access_token' in value)) {
    throw new Error(`no token: ${answer.status} ${answer.text}`)
  }
  return String(value.access_token)
}

/** A token that `bound` gets for itself, bound to this certificate (RFC 8705 §3). */
export async function requestBoundToken(
  issuer: Pick<TestIssuer, 'issuer'>,
  { der }: { readonly der: Buffer },
  resource: string,
): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', resource }).toString()
  const fields = [
    ['Authorization', `Basic ${Buffer.from('bound:bound-secret').toString('base64')}`],
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Client-Cert', `:${der.toString('base64')}:`],
  ].flat()
  return readToken(
    await createHttpClient().request(`${issuer.issuer}/token`, { method: 'POST', fields, body }),
  )
}

/** RFC 7009. */
export async function revokeToken(
  issuer: Pick<TestIssuer, 'issuer'>,
  token: string,
): Promise<void> {
  const body = new URLSearchParams({ token }).toString()
  const { status } = await post(`${issuer.issuer}/token/revocation`, body)
  if (status !== 200) throw new Error(`not revoked: ${status}`)
}

function post(url: string, body: string) {
  return createHttpClient().request(url, { method: 'POST', fields: asMachine, body })
}

export const rogueApi = 'https://api.example'

/** An honest access token of the rogue issuer's (RFC 9068), bent as the twist says. */
export async function makeAccessToken(
  rogue: Pick<RogueIssuer, 'issuer' | 'key'>,
  twist: IdTokenTwist = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: rogue.issuer,
    sub: 'service',
    client_id: 'service',
    aud: rogueApi,
    exp: now + 300,
    iat: now,
    jti: randomUUID(),
    scope: 'invoices:read',
    ...twist.claims,
  }
  const header = { alg: rogue.key.alg, kid: rogue.key.kid, typ: 'at+jwt', ...twist.header }
  return twist.sign === undefined ? signWith(rogue.key, claims, header) : twist.sign(claims, header)
}
