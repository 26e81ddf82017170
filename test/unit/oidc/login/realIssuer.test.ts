import { expect, test } from 'vitest'
import { Secret } from '../../../../src/crypto/secret.ts'
import { startIssuer, type TestIssuer, type TestIssuerOptions } from '../../../support/issuer.ts'
import {
  aSession,
  createParty,
  randomSecrets,
  redirectUri,
  refusalOf,
  type PartyOptions,
  type PartyWorld,
} from '../oidcWorld.ts'

interface Login {
  readonly parameters: URLSearchParams
  readonly redeem: () => ReturnType<PartyWorld['party']['redeem']>
}

interface World extends PartyWorld {
  readonly issuer: TestIssuer
  /** The callback's parameters of a login by alice, and what redeems them. */
  readonly login: () => Promise<Login>
  [Symbol.asyncDispose](): Promise<void>
}

async function startWorld(
  options: TestIssuerOptions = {},
  party: PartyOptions = {},
): Promise<World> {
  const issuer = await startIssuer({ redirectUris: [redirectUri], ...options })
  const scopes = ['openid', 'profile', 'email', 'groups']
  const world = createParty(issuer.issuer, { ...party, provider: { scopes, ...party.provider } })
  return {
    ...world,
    issuer,
    login: async () => {
      const secrets = randomSecrets()
      const url = await world.party.createAuthorizationUrl(secrets, redirectUri)
      const callback = new URL(await issuer.signInOverHttp(url))
      const parameters = callback.searchParams
      return { parameters, redeem: () => world.party.redeem(parameters, secrets, redirectUri) }
    },
    async [Symbol.asyncDispose]() {
      world.party.stop()
      await issuer.stop()
    },
  }
}

test('alice signs in at a real issuer, and her session is refreshed', async () => {
  await using world = await startWorld()
  const { redeem } = await world.login()
  const signIn = await redeem()
  expect(signIn).toMatchObject({
    issuer: world.issuer.issuer,
    subject: 'alice',
    claims: { name: 'Alice Liddell', email: 'alice@example.com', groups: ['staff', 'admins'] },
  })
  Object.assign(world.issuer.accounts.get('alice')?.claims ?? {}, { groups: ['staff'] })
  const result = await world.party.refresh(aSession(signIn))
  expect(result).toMatchObject({ outcome: 'refreshed', signIn: { claims: { groups: ['staff'] } } })
  expect(result).not.toHaveProperty('signIn.tokens.refreshToken', signIn.tokens.refreshToken)
  expect(world.issuer.counts.jwks).toBe(1)
})

test('a public client signs in without a secret', async () => {
  const client = {
    client_id: 'spa',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none' as const,
  }
  await using world = await startWorld(
    { clients: [client] },
    { provider: { clientId: 'spa', clientAuthentication: 'none' } },
  )
  const { redeem } = await world.login()
  await expect(redeem()).resolves.toMatchObject({ subject: 'alice' })
})

test('claims that the ID Token lacks come from userinfo', async () => {
  await using world = await startWorld({ claimsInIdToken: false }, { neededClaims: ['groups'] })
  const { redeem } = await world.login()
  await expect(redeem()).resolves.toMatchObject({ claims: { groups: ['staff', 'admins'] } })
  expect(world.issuer.counts.userinfo).toBe(1)
})

test('a code works once', async () => {
  await using world = await startWorld()
  const { redeem } = await world.login()
  await redeem()
  const refused = await refusalOf(redeem())
  expect(refused.code).toBe('login_response_invalid')
  expect(refused.detail).toMatch(/: the token endpoint answered invalid_grant; /)
})

test('a response without iss is refused, as this issuer announces it', async () => {
  await using world = await startWorld()
  const { parameters, redeem } = await world.login()
  parameters.delete('iss')
  expect((await refusalOf(redeem())).code).toBe('login_response_invalid')
  expect(world.issuer.counts.token).toBe(0)
})

test('a wrong client secret signs nobody in, and names itself in the log detail', async () => {
  await using world = await startWorld()
  const other = createParty(world.issuer.issuer, {
    provider: { clientSecret: new Secret('wrong') },
  })
  const { parameters } = await world.login()
  const secrets = { ...randomSecrets(), state: parameters.get('state') ?? '' }
  const refused = await refusalOf(other.party.redeem(parameters, secrets, redirectUri))
  expect(refused.code).toBe('login_misconfigured')
  expect(refused.detail).toBe(
    'provider main: the token endpoint answered invalid_client; check clientId, clientSecret and clientAuthentication',
  )
})

test('a revoked grant ends the session; an outage does not', async () => {
  await using world = await startWorld()
  const { redeem } = await world.login()
  const session = aSession(await redeem())
  await world.issuer.stop()
  expect((await world.party.refresh(session)).outcome).toBe('unavailable')
  await world.issuer.restart()
  await world.issuer.revokeRefreshTokens()
  expect(await world.party.refresh(session)).toEqual({
    outcome: 'ended',
    detail: 'invalid_grant',
  })
})

test('the issuer accepts the end-session URL and sends the browser back with the state', async () => {
  const back = 'http://127.0.0.1/.postern/signed-out'
  await using world = await startWorld({ postLogoutRedirectUris: [back] })
  const { redeem } = await world.login()
  const { tokens } = await redeem()
  const url = world.party.createEndSessionUrl(tokens.idToken!, { uri: back, state: 'the-state' })
  const answer = await fetch(url ?? '')
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('/session/end/confirm')
})
