import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../../src/crypto/secret.ts'
import {
  requestClientCredentialsToken,
  type ClientCredentialsRequest,
  type IssuedAccessToken,
} from '../../../../src/oidc/clientCredentials/clientCredentialsGrant.ts'
import {
  AnswerInvalid,
  IssuerUnavailable,
  TokenRequestRefused,
} from '../../../../src/oidc/issuer/faults.ts'
import { createIssuerFetch } from '../../../../src/oidc/issuer/issuerFetch.ts'
import { parseIssuerMetadata } from '../../../../src/oidc/issuer/issuerMetadata.ts'
import { hangUp, html, json, type Answer } from '../../../support/rogueAnswers.ts'
import {
  rogueAccessToken,
  startRogueIssuer,
  type RogueIssuer,
} from '../../../support/rogueIssuer.ts'

let rogue: RogueIssuer
const clock = { now: () => 1000 }

beforeEach(async () => {
  rogue = await startRogueIssuer()
  // Because a machine is no person: no ID Token, no refresh token.
  rogue.tokenAnswer = { id_token: undefined, refresh_token: undefined }
})
afterEach(() => rogue.stop())

async function request(
  details: Partial<ClientCredentialsRequest> & { readonly secret?: string } = {},
): Promise<IssuedAccessToken> {
  const { secret = 'machine-secret', ...overrides } = details
  const metadata = parseIssuerMetadata(
    {
      issuer: rogue.issuer,
      authorization_endpoint: `${rogue.issuer}/authorize`,
      token_endpoint: `${rogue.issuer}/token`,
      jwks_uri: `${rogue.issuer}/jwks`,
    },
    rogue.issuer,
  )
  return requestClientCredentialsToken(
    {
      clientId: 'machine',
      clientSecret: new Secret(secret),
      clientAuthentication: 'client_secret_basic',
      scopes: [],
      ...overrides,
    },
    { metadata: async () => metadata, fetch: createIssuerFetch({ allowHttp: true }), clock },
  )
}

/** Id and secret as a token endpoint reads them (RFC 6749 §2.3.1). */
function basicOf(authorization: string | undefined): readonly string[] {
  const text = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString('latin1')
  return text.split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
}

describe('what the token endpoint is asked', () => {
  test('the grant and nothing else, unless more is wanted', async () => {
    await request()
    const [asked] = rogue.tokenRequests
    expect(Object.fromEntries(asked!.form)).toEqual({ grant_type: 'client_credentials' })
    expect(basicOf(asked!.authorization)).toEqual(['machine', 'machine-secret'])
  })

  test('scopes, resource, audience and what an issuer wants besides', async () => {
    await request({
      scopes: ['book:read', 'book:write'],
      resource: 'https://api.example',
      audience: 'books',
      parameters: { organization: 'acme', scope: 'all', grant_type: 'password' },
    })
    expect(Object.fromEntries(rogue.tokenRequests[0]!.form)).toEqual({
      grant_type: 'client_credentials',
      scope: 'book:read book:write',
      resource: 'https://api.example',
      audience: 'books',
      organization: 'acme',
    })
  })

  test.each([
    ['a colon', 'a:b', 'c:d::'],
    ['a plus, a percent sign and a space', 'a+b c', '100% + %3A'],
    ['letters beyond ASCII', 'Schlüssel', 'пароль 密码 😀'],
    ['control characters', 'a\u0001', '\u0000\r\n'],
  ])('an id and a secret with %s arrive whole', async (_name, clientId, secret) => {
    await request({ clientId, secret })
    expect(basicOf(rogue.tokenRequests[0]!.authorization)).toEqual([clientId, secret])
    await request({ clientId, secret, clientAuthentication: 'client_secret_post' })
    const { form, authorization } = rogue.tokenRequests[1]!
    expect([form.get('client_id'), form.get('client_secret')]).toEqual([clientId, secret])
    expect(authorization).toBeUndefined()
  })
})

describe('what comes out', () => {
  test('the token, its end counted from before the call, and the granted scopes', async () => {
    rogue.tokenAnswer = { ...rogue.tokenAnswer, scope: 'book:read  ' }
    const issued = await request({ scopes: ['book:read', 'book:write'] })
    expect(issued).toEqual({
      accessToken: rogueAccessToken,
      expiresAt: 1300,
      scopes: ['book:read'],
    })
  })

  test('without a scope in the answer none is taken for granted; without a lifetime, no end', async () => {
    rogue.tokenAnswer = { ...rogue.tokenAnswer, expires_in: undefined }
    const issued = await request({ scopes: ['book:read'] })
    expect(issued.scopes).toEqual([])
    expect(issued.expiresAt).toBeUndefined()
  })

  test.each<[string, Answer, string]>([
    ['a wrong secret', json(401, { error: 'invalid_client' }), 'invalid_client'],
    ['a scope that is not granted', json(400, { error: 'invalid_scope' }), 'invalid_scope'],
    ['a code that quotes the secret', json(400, { error: 'machine-secret!' }), 'that is none'],
  ])('%s is a refusal in the words of the issuer', async (_name, answer, code) => {
    rogue.answers.token = answer
    const failed = await request().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TokenRequestRefused)
    expect(String(failed)).toContain(code)
    expect(String(failed)).not.toContain('machine-secret')
  })

  test.each<[string, Answer]>([
    ['nobody answers', hangUp],
    ['a page answers', html(200)],
    ['it is out of order', json(500, { error: 'server_error' })],
    ['it is out of order for a while', json(400, { error: 'temporarily_unavailable' })],
  ])('where %s, the client is not to blame', async (_name, answer) => {
    rogue.answers.token = answer
    await expect(request()).rejects.toBeInstanceOf(IssuerUnavailable)
  })

  test.each([
    ['another type of token', { token_type: 'DPoP' }],
    ['no token', { access_token: undefined }],
    ['an empty token', { access_token: '' }],
    ['a token that ends its field', { access_token: 'a\r\nX-Forwarded-User: root' }],
    ['a token with a space', { access_token: 'a b' }],
    ['a lifetime that is none', { expires_in: 'soon' }],
    ['a negative lifetime', { expires_in: -1 }],
    ['a list of scopes', { scope: ['book:read'] }],
  ])('%s is no answer', async (_name, twist) => {
    rogue.tokenAnswer = { ...rogue.tokenAnswer, ...twist }
    await expect(request()).rejects.toBeInstanceOf(AnswerInvalid)
  })
})
