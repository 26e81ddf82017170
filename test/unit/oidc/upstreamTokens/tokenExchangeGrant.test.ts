import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../../src/crypto/secret.ts'
import type { IssuedAccessToken } from '../../../../src/oidc/clientCredentials/clientCredentialsGrant.ts'
import { AnswerInvalid, TokenRequestRefused } from '../../../../src/oidc/issuer/faults.ts'
import { createIssuerFetch } from '../../../../src/oidc/issuer/issuerFetch.ts'
import { parseIssuerMetadata } from '../../../../src/oidc/issuer/issuerMetadata.ts'
import { exchangeToken } from '../../../../src/oidc/upstreamTokens/tokenExchangeGrant.ts'
import { json } from '../../../support/rogueAnswers.ts'
import {
  rogueAccessToken,
  startRogueIssuer,
  type RogueIssuer,
} from '../../../support/rogueIssuer.ts'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
let rogue: RogueIssuer

beforeEach(async () => {
  rogue = await startRogueIssuer()
  rogue.tokenAnswer = {
    id_token: undefined,
    refresh_token: undefined,
    issued_token_type: accessTokenType,
  }
})
afterEach(() => rogue.stop())

async function exchange(): Promise<IssuedAccessToken> {
  const { issuer } = rogue
  const metadata = parseIssuerMetadata(
    {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    },
    issuer,
  )
  return exchangeToken(
    {
      clientId: 'gateway',
      clientSecret: new Secret('gateway-secret'),
      clientAuthentication: 'client_secret_basic',
      scopes: ['read', 'write'],
      resource: 'https://billing.example',
      audience: 'billing',
    },
    'token-of-the-caller',
    {
      metadata: async () => metadata,
      fetch: createIssuerFetch({ allowHttp: true }),
      clock: { now: () => 1000 },
    },
  )
}

describe('an exchange of tokens', () => {
  test('asks for an access token, for this audience, in the words of RFC 8693', async () => {
    const issued = await exchange()
    expect(issued).toMatchObject({ accessToken: rogueAccessToken, expiresAt: 1300 })
    const [{ form, authorization } = { form: new URLSearchParams(), authorization: '' }] =
      rogue.tokenRequests
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'token-of-the-caller',
      subject_token_type: accessTokenType,
      requested_token_type: accessTokenType,
      scope: 'read write',
      resource: 'https://billing.example',
      audience: 'billing',
    })
    expect(authorization).toMatch(/^Basic /)
  })

  test.each([
    ['no issued_token_type', { issued_token_type: undefined }],
    ['an ID Token', { issued_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['a token that is no bearer token', { token_type: 'N_A' }],
    ['a token that ends its field', { access_token: 'a\r\nX-Forwarded-User: root' }],
  ])('takes no answer with %s', async (_name, twist) => {
    rogue.tokenAnswer = { ...rogue.tokenAnswer, ...twist }
    await expect(exchange()).rejects.toBeInstanceOf(AnswerInvalid)
  })

  test('that is refused says so without the token', async () => {
    rogue.answers.token = json(400, { error: 'token-of-the-caller', error_description: 'no' })
    const failed = await exchange().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(TokenRequestRefused)
    expect(String(failed)).not.toContain('token-of-the-caller')
  })
})
