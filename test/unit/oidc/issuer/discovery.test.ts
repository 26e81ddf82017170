import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AnswerInvalid } from '../../../../src/oidc/issuer/faults.ts'
import {
  acceptedAlgorithms,
  parseIssuerMetadata,
  toMetadataUrl,
} from '../../../../src/oidc/issuer/issuerMetadata.ts'
import { html, json, type Answer } from '../../../support/rogueAnswers.ts'
import {
  aProvider,
  createParty,
  randomSecrets,
  redirectUri,
  refusalOf,
  startRogueWorld,
  type RogueWorld,
} from '../oidcWorld.ts'

let world: RogueWorld
beforeEach(async () => {
  world = await startRogueWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const authorize = (): Promise<string> =>
  world.party.createAuthorizationUrl(randomSecrets(), redirectUri)

describe('metadata that cannot be believed leave the provider not ready', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another issuer', { issuer: 'https://evil.example' }, 'issuer is "https://evil.example"'],
    ['no issuer', { issuer: undefined }, 'issuer'],
    ['no authorization endpoint', { authorization_endpoint: undefined }, 'authorization_endpoint'],
    ['no token endpoint', { token_endpoint: undefined }, 'token_endpoint'],
    ['no keys', { jwks_uri: undefined }, 'jwks_uri'],
    ['a token endpoint that is no URL', { token_endpoint: '/token' }, 'token_endpoint'],
    ['a script as endpoint', { authorization_endpoint: 'javascript:1' }, 'authorization_endpoint'],
    ['credentials in a URL', { jwks_uri: 'http://a:b@localhost/' }, 'jwks_uri'],
    ['a fragment in a URL', { authorization_endpoint: 'http://h/#a' }, 'authorization_endpoint'],
    ['a list as endpoint', { userinfo_endpoint: ['http://h/'] }, 'userinfo_endpoint'],
    [
      'no algorithm but none and HS256',
      { id_token_signing_alg_values_supported: ['none', 'HS256'] },
      'asymmetric',
    ],
  ])('%s', async (_name, metadata, detail) => {
    world.rogue.metadata = metadata
    const refused = await refusalOf(authorize())
    expect(refused.code).toBe('issuer_unavailable')
    expect(refused.options.retryAfterSeconds).toBeGreaterThan(0)
    expect(refused.detail).toContain(detail)
    expect(world.party.isReady).toBe(false)
    expect(world.log.lines).toHaveLength(1)
    expect(world.log.lines[0]).toMatchObject({ level: 'warn', fields: { detail: refused.detail } })
  })

  test.each<[string, Answer]>([
    ['a page', html(200)],
    ['a page that says 500', html(500)],
    ['JSON that is no object', json(200, 'metadata')],
    ['an OAuth error', json(400, { error: 'invalid_request' })],
  ])('%s', async (_name, answer) => {
    world.rogue.answers.metadata = answer
    expect((await refusalOf(authorize())).code).toBe('issuer_unavailable')
  })

  test('plain http, unless it is allowed', async () => {
    const { party } = createParty(world.rogue.issuer, { allowHttp: false })
    const refused = await refusalOf(party.createAuthorizationUrl(randomSecrets(), redirectUri))
    expect(refused.code).toBe('issuer_unavailable')
    expect(world.rogue.counts.metadata).toBe(0)
  })
})

const https = {
  issuer: 'https://idp.example',
  authorization_endpoint: 'https://idp.example/a',
  token_endpoint: 'https://idp.example/t',
  jwks_uri: 'https://idp.example/j',
}

test.each(['token_endpoint', 'jwks_uri', 'userinfo_endpoint', 'end_session_endpoint'])(
  'an issuer over https has no %s over http, whatever is allowed',
  (name) => {
    const metadata = { ...https, [name]: 'http://idp.example/x' }
    expect(() => parseIssuerMetadata(metadata, https.issuer)).toThrow(AnswerInvalid)
  },
)

test('an issuer that differs by a slash is another one, and the log shows both', () => {
  expect(() => parseIssuerMetadata(https, 'https://idp.example/')).toThrow(
    /"https:\/\/idp\.example", configured is "https:\/\/idp\.example\/"/,
  )
})

test('the metadata stand below the issuer, with or without a slash at its end', () => {
  const url = 'https://idp.example/oidc/.well-known/openid-configuration'
  expect(toMetadataUrl('https://idp.example/oidc')).toBe(url)
  expect(toMetadataUrl('https://idp.example/oidc/')).toBe(url)
})

test('what the operator lists replaces what the issuer announces', () => {
  const metadata = parseIssuerMetadata(
    { ...https, id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'ES256'] },
    https.issuer,
  )
  expect(acceptedAlgorithms(metadata, aProvider(https.issuer))).toEqual(['RS256', 'ES256'])
  const provider = aProvider(https.issuer, { idTokenAlgorithms: ['HS256'] })
  expect(acceptedAlgorithms(metadata, provider)).toEqual(['HS256'])
})

describe('an issuer that is away', () => {
  test('is read in the background until it is there, and the log says each reason once', async () => {
    await world.rogue.stop()
    world.party.start()
    await expect.poll(() => world.log.lines.length).toBe(1)
    expect(world.party.isReady).toBe(false)
    world.clock.forward(2)
    expect((await refusalOf(authorize())).code).toBe('issuer_unavailable')
    await world.rogue.restart()
    await expect.poll(() => world.party.isReady, { timeout: 5000 }).toBe(true)
    expect(world.log.lines.map(({ level }) => level)).toEqual(['warn', 'info'])
  })

  test('is asked at once by a login, but once a second at the most', async () => {
    world.rogue.answers.metadata = html(503)
    await Promise.all(Array.from({ length: 10 }, () => refusalOf(authorize())))
    await refusalOf(authorize())
    expect(world.rogue.counts.metadata).toBe(1)
    delete world.rogue.answers.metadata
    world.clock.forward(1)
    expect(await authorize()).toContain(world.rogue.issuer)
    expect(world.rogue.counts.metadata).toBe(2)
    expect(world.party.isReady).toBe(true)
  })

  test('keeps what it said last; every hour it is read again, and taken whole', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      world.party.start()
      await vi.waitUntil(() => world.party.isReady)
      world.rogue.metadata = { issuer: 'https://evil.example', token_endpoint: 'http://evil/' }
      vi.advanceTimersByTime(3_600_000)
      await vi.waitUntil(() => world.log.lines.at(-1)?.level === 'warn')
      expect(world.party.isReady).toBe(true)
      await expect(world.redeem()).resolves.toMatchObject({ subject: 'mallory' })
      world.rogue.metadata = { authorization_endpoint: `${world.rogue.issuer}/moved` }
      vi.advanceTimersByTime(1000)
      await vi.waitUntil(() => world.log.lines.at(-1)?.level === 'info')
      expect(await authorize()).toContain(`${world.rogue.issuer}/moved?`)
    } finally {
      vi.useRealTimers()
    }
  })

  test('keeps no callback from being told to come again', async () => {
    await world.rogue.stop()
    const refused = await refusalOf(world.redeem())
    expect(refused.code).toBe('issuer_unavailable')
    expect(refused.options.retryAfterSeconds).toBeGreaterThan(0)
  })
})

describe('the authorization request', () => {
  test('is a code request with S256, state and nonce', async () => {
    const secrets = randomSecrets()
    const url = new URL(await world.party.createAuthorizationUrl(secrets, redirectUri))
    expect(`${url.origin}${url.pathname}`).toBe(`${world.rogue.issuer}/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'postern',
      scope: 'openid profile',
      redirect_uri: redirectUri,
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(url.href).not.toContain(secrets.codeVerifier)
  })

  test('carries what the operator adds, which replaces nothing of the protocol', async () => {
    const authorizationParameters = { prompt: 'consent', state: 'fixed', code_challenge: 'fixed' }
    const { party } = createParty(world.rogue.issuer, { provider: { authorizationParameters } })
    const { searchParams } = new URL(
      await party.createAuthorizationUrl(randomSecrets(), redirectUri),
    )
    expect(searchParams.get('prompt')).toBe('consent')
    expect(searchParams.getAll('state')).not.toContain('fixed')
    expect(searchParams.getAll('code_challenge')).not.toContain('fixed')
  })
})

describe('the end of the session at the issuer', () => {
  const returnTo = { uri: 'http://127.0.0.1/.postern/logged-out', state: 'the-state' }

  test('keeps the query of the endpoint and names token, client, way back and state', async () => {
    await authorize()
    const url = new URL(world.party.createEndSessionUrl('the.id.token', returnTo) ?? '')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: 'a',
      id_token_hint: 'the.id.token',
      client_id: 'postern',
      post_logout_redirect_uri: returnTo.uri,
      state: 'the-state',
    })
  })

  test('has no URL where the issuer is unknown yet or offers none', async () => {
    expect(world.party.createEndSessionUrl('the.id.token', returnTo)).toBeUndefined()
    world.rogue.metadata = { end_session_endpoint: undefined }
    await authorize()
    expect(world.party.createEndSessionUrl('the.id.token', returnTo)).toBeUndefined()
  })
})
