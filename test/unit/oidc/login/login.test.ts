import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../../src/crypto/secret.ts'
import {
  empty,
  hangUp,
  html,
  huge,
  json,
  redirect,
  type Answer,
} from '../../../support/rogueAnswers.ts'
import {
  createSigningKey,
  leaveUnsigned,
  publicKeyText,
  signWith,
  signWithSecret,
  type RogueIssuer,
} from '../../../support/rogueIssuer.ts'
import {
  createParty,
  redirectUri,
  refusalOf,
  startRogueWorld,
  type PartyOptions,
  type RogueWorld,
} from '../oidcWorld.ts'

let world: RogueWorld
let rogue: RogueIssuer
beforeEach(async () => {
  world = await startRogueWorld()
  rogue = world.rogue
})
afterEach(() => world[Symbol.asyncDispose]())

async function formOf(provider: PartyOptions['provider'] & object): Promise<URLSearchParams> {
  const { party } = createParty(rogue.issuer, { provider })
  await party.redeem(world.response(), world.secrets, redirectUri)
  expect(rogue.tokenRequests[0]?.authorization).toBeUndefined()
  return rogue.tokenRequests[0]?.form ?? new URLSearchParams()
}

describe('an honest login', () => {
  test('ends in a SignIn with tokens, and claims without protocol noise', async () => {
    rogue.idToken = {
      claims: { sid: 's1', acr: 'high', groups: ['staff'], jti: 'j', c_hash: 'c', azp: 'postern' },
    }
    const before = Date.now() / 1000
    const signIn = await world.redeem()
    expect(signIn).toMatchObject({
      issuer: rogue.issuer,
      subject: 'mallory',
      issuerSessionId: 's1',
      tokens: {
        accessToken: 'access-token-of-mallory',
        refreshToken: 'refresh token 1',
        scopes: ['openid', 'profile'],
      },
    })
    expect(signIn.claims).toEqual({
      iss: rogue.issuer,
      sub: 'mallory',
      sid: 's1',
      acr: 'high',
      groups: ['staff'],
    })
    expect(signIn.tokens.accessTokenExpiresAt).toBeGreaterThanOrEqual(before + 299)
    expect(signIn.tokens.accessTokenExpiresAt).toBeLessThan(before + 310)
  })

  test('sends the code once, with the verifier, the redirect URI and the client secret', async () => {
    await world.redeem()
    expect(rogue.tokenRequests).toHaveLength(1)
    const [{ form, authorization } = { form: new URLSearchParams(), authorization: '' }] =
      rogue.tokenRequests
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: redirectUri,
      code_verifier: world.secrets.codeVerifier,
    })
    expect(authorization).toBe(`Basic ${btoa('postern:postern%2Dsecret')}`)
  })

  test('sends the secret in the form where the provider wants it there', async () => {
    const form = await formOf({ clientAuthentication: 'client_secret_post' })
    expect(form.get('client_secret')).toBe('postern-secret')
  })

  test('sends a public client by its id alone', async () => {
    const form = await formOf({ clientAuthentication: 'none' })
    expect(form.get('client_id')).toBe('postern')
    expect(form.has('client_secret')).toBe(false)
  })

  test('takes the scopes that were granted, not those that were asked for', async () => {
    rogue.tokenAnswer = { scope: 'openid' }
    expect((await world.redeem()).tokens.scopes).toEqual(['openid'])
  })

  test('names no end of an access token that has none', async () => {
    rogue.tokenAnswer = { expires_in: undefined, refresh_token: undefined }
    const { tokens } = await world.redeem()
    expect(tokens).not.toHaveProperty('accessTokenExpiresAt')
    expect(tokens).not.toHaveProperty('refreshToken')
  })

  test('reads the keys again where the issuer rotated them since the last login', async () => {
    await world.redeem()
    rogue.key = await createSigningKey()
    rogue.jwks = [rogue.key.publicJwk]
    await expect(world.redeem()).resolves.toMatchObject({ subject: 'mallory' })
    expect(rogue.counts.jwks).toBe(2)
  })
})

describe('a response that fails a check redeems nothing', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ['another state', { state: 'another' }, 'state'],
    ['no state', { state: undefined }, 'state'],
    ['another iss', { iss: 'https://evil.example' }, 'iss'],
    ['an empty iss', { iss: '' }, 'iss'],
    ['no code', { code: undefined }, 'code'],
    ['an empty code', { code: '' }, 'code'],
    ['an ID Token in the response', { id_token: 'a.b.c' }, 'id_token'],
    ['an access token in the response', { access_token: 'abc' }, 'access_token'],
    ['a signed response', { response: 'a.b.c' }, 'response'],
  ])('%s', async (_name, parameters, detail) => {
    const refused = await refusalOf(world.redeem(parameters))
    expect(refused.code).toBe('login_response_invalid')
    expect(refused.detail).toContain(detail)
    expect(rogue.counts.token).toBe(0)
  })

  test.each(['code', 'state', 'iss', 'anything'])('%s given twice', async (name) => {
    const parameters = world.response({ [name]: 'one' })
    parameters.append(name, 'two')
    const refused = await refusalOf(world.party.redeem(parameters, world.secrets, redirectUri))
    expect(refused.code).toBe('login_response_invalid')
    expect(rogue.counts.token).toBe(0)
  })

  test('no iss, where the issuer announces it', async () => {
    rogue.metadata = { authorization_response_iss_parameter_supported: true }
    expect((await refusalOf(world.redeem())).code).toBe('login_response_invalid')
    await expect(world.redeem({ iss: rogue.issuer })).resolves.toMatchObject({ subject: 'mallory' })
  })
})

describe('an issuer that says no', () => {
  test('refuses the login, and only its code reaches the log', async () => {
    const refused = await refusalOf(
      world.redeem({ error: 'access_denied', error_description: '<b>secret</b>' }),
    )
    expect(refused.code).toBe('login_refused')
    expect(refused.detail).toBe('provider main: the authorization endpoint answered access_denied')
    expect(rogue.counts.token).toBe(0)
  })

  test.each(['a\nb', 'quote"', '', 'x'.repeat(101), '\u{1f600}'])(
    'an error code that is none is not repeated: %j',
    async (error) => {
      const refused = await refusalOf(world.redeem({ error }))
      expect(refused.code).toBe('login_refused')
      expect(refused.detail).toBe(
        'provider main: the authorization endpoint answered an error code that is none',
      )
    },
  )

  test('is believed only in a response of this login and of this issuer', async () => {
    const error = 'access_denied'
    expect((await refusalOf(world.redeem({ error, state: 'x' }))).code).toBe(
      'login_response_invalid',
    )
    expect((await refusalOf(world.redeem({ error, iss: 'https://x.example' }))).code).toBe(
      'login_response_invalid',
    )
  })

  test.each([
    ['unauthorized_client', 'clientId'],
    ['invalid_scope', 'scopes'],
    ['invalid_request', 'authorizationParameters'],
    ['unsupported_response_type', 'code flow'],
  ])('to this gateway (%s) says what the operator has to look at', async (error, setting) => {
    const refused = await refusalOf(world.redeem({ error }))
    expect(refused.code).toBe('login_misconfigured')
    expect(refused.detail).toContain(
      `provider main: the authorization endpoint answered ${error}; check `,
    )
    expect(refused.detail).toContain(setting)
  })

  test.each([
    ['invalid_grant', 'login_response_invalid', /; the code was too old or used before/],
    ['invalid_client', 'login_misconfigured', /; check clientId, clientSecret and clientAuth/],
    ['unauthorized_client', 'login_misconfigured', /; check clientId, clientSecret and clientAuth/],
    ['invalid_request', 'login_misconfigured', /redirect URI/],
    ['anything_else', 'login_response_invalid', /anything_else$/],
    ['constructor', 'login_response_invalid', /constructor$/],
  ])('at the token endpoint: %s is %s', async (error, code, advice) => {
    rogue.answers.token = json(
      400,
      { error, error_description: 'a secret word' },
      { 'WWW-Authenticate': 'Basic realm="idp"' },
    )
    const refused = await refusalOf(world.redeem())
    expect(refused.code).toBe(code)
    expect(refused.detail).toContain(`provider main: the token endpoint answered ${error}`)
    expect(refused.detail).toMatch(advice)
    expect(refused.detail).not.toContain('secret word')
  })
})

describe('a token endpoint that gives no answer makes no session', () => {
  test.each<[string, Answer]>([
    ['a page', html(200)],
    ['a page with status 502', html(502)],
    ['tokens with status 500', json(500, { access_token: 'a', token_type: 'bearer' })],
    ['tokens with status 400', json(400, { access_token: 'a', token_type: 'bearer' })],
    ['nothing', empty],
    ['10 MB', huge],
    ['a closed connection', hangUp],
    ['a redirect', redirect('/elsewhere')],
    ['temporarily_unavailable', json(400, { error: 'temporarily_unavailable' })],
    ['server_error', json(400, { error: 'server_error' })],
  ])('%s', async (_name, answer) => {
    rogue.answers.token = answer
    const refused = await refusalOf(world.redeem())
    expect(refused.code).toBe('issuer_unavailable')
    expect(refused.options.retryAfterSeconds).toBeGreaterThan(0)
  })

  test('keys that cannot be read', async () => {
    rogue.answers.jwks = html(502)
    expect((await refusalOf(world.redeem())).code).toBe('issuer_unavailable')
  })
})

describe('an answer that is not as it should be makes no session', () => {
  test.each<[string, Record<string, unknown>]>([
    ['no ID Token', { id_token: undefined }],
    ['an ID Token that is a number', { id_token: 1 }],
    ['an ID Token that is a word', { id_token: 'token' }],
    ['an encrypted ID Token', { id_token: 'e30.e30.e30.e30.e30' }],
    ['no access token', { access_token: undefined }],
    ['no token type', { token_type: undefined }],
    ['another token type', { token_type: 'mac' }],
    ['a token type that needs a proof', { token_type: 'DPoP' }],
    ['a lifetime that is no number', { expires_in: 'soon' }],
    ['a negative lifetime', { expires_in: -5 }],
    ['a scope that is a list', { scope: ['openid'] }],
    ['a refresh token that is a number', { refresh_token: 5 }],
  ])('%s', async (_name, answer) => {
    rogue.tokenAnswer = answer
    expect((await refusalOf(world.redeem())).code).toBe('login_response_invalid')
  })
})

describe('an ID Token that is not right makes no session', () => {
  const now = Math.floor(Date.now() / 1000)
  test.each<[string, Record<string, unknown>]>([
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'someone-else' }],
    ['azp', { aud: ['postern', 'b'], azp: 'b' }],
    ['nonce', { nonce: 'of another login' }],
    ['nonce', { nonce: undefined }],
    ['exp', { exp: now - 60 }],
    ['iat', { iat: now + 60 }],
    ['nbf', { nbf: now + 60 }],
    ['sub', { sub: undefined }],
    ['sub', { sub: 's'.repeat(256) }],
    ['at_hash', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('wrong %s: %j', async (claim, claims) => {
    rogue.idToken = { claims }
    const refused = await refusalOf(world.redeem())
    expect(refused.code).toBe('login_response_invalid')
    expect(refused.detail).toContain(claim)
    expect(refused.detail).not.toContain(world.secrets.nonce)
  })

  test('a forged signature under the kid of the issuer', async () => {
    const stranger = await createSigningKey()
    rogue.idToken = { sign: (claims, header) => signWith(stranger, claims, header) }
    const refused = await refusalOf(world.redeem())
    expect(refused.code).toBe('login_response_invalid')
    expect(refused.detail).toContain('signature')
  })

  test('no signature', async () => {
    rogue.idToken = { sign: leaveUnsigned }
    rogue.metadata = { id_token_signing_alg_values_supported: ['none', 'ES256'] }
    expect((await refusalOf(world.redeem())).code).toBe('login_response_invalid')
  })

  test.each([['the public key'], ['the client secret']])('HS256 made with %s', async (which) => {
    const secret = which === 'the public key' ? await publicKeyText(rogue.key) : 'postern-secret'
    rogue.idToken = { sign: (claims, header) => signWithSecret(secret, claims, header) }
    rogue.metadata = { id_token_signing_alg_values_supported: ['HS256', 'ES256'] }
    expect((await refusalOf(world.redeem())).code).toBe('login_response_invalid')
  })

  test('HS256 passes where the operator accepts it and the secret is long', async () => {
    const secret = 'a client secret of more than thirty-two bytes'
    rogue.idToken = { sign: (claims, header) => signWithSecret(secret, claims, header) }
    const { party } = createParty(rogue.issuer, {
      provider: { clientSecret: new Secret(secret), idTokenAlgorithms: ['HS256'] },
    })
    await expect(party.redeem(world.response(), world.secrets, redirectUri)).resolves.toMatchObject(
      { subject: 'mallory' },
    )
  })

  test('times are judged by the clock of the gateway, with 30 s of tolerance', async () => {
    world.clock.forward(300 + 25)
    await expect(world.redeem()).resolves.toMatchObject({ subject: 'mallory' })
    world.clock.forward(10)
    expect((await refusalOf(world.redeem())).detail).toContain('exp')
    world.clock.forward(-635)
    rogue.idToken = { claims: { exp: now - 100, iat: now - 300 } }
    await expect(world.redeem()).resolves.toMatchObject({ subject: 'mallory' })
  })
})

describe('userinfo', () => {
  beforeEach(async () => {
    await world[Symbol.asyncDispose]()
    world = await startRogueWorld({ neededClaims: ['email', 'sub'] })
    rogue = world.rogue
  })

  test('is not asked where the ID Token has what is needed', async () => {
    rogue.idToken = { claims: { email: 'm@example.com' } }
    await world.redeem()
    expect(rogue.counts.userinfo).toBe(0)
  })

  test('is not asked for a claim that a dot leads to inside the ID Token', async () => {
    const { party } = createParty(rogue.issuer, { neededClaims: ['realm_access.roles'] })
    rogue.idToken = { claims: { realm_access: { roles: ['a'] } } }
    await party.redeem(world.response(), world.secrets, redirectUri)
    expect(rogue.counts.userinfo).toBe(0)
    rogue.idToken = {}
    rogue.userinfo = { sub: 'mallory', realm_access: { roles: ['b'] } }
    await expect(party.redeem(world.response(), world.secrets, redirectUri)).resolves.toMatchObject(
      { claims: { realm_access: { roles: ['b'] } } },
    )
  })

  test('completes the claims, but says nothing about the login itself', async () => {
    rogue.idToken = { claims: { acr: 'low' } }
    rogue.userinfo = {
      sub: 'mallory',
      email: 'm@example.com',
      iss: 'https://evil.example',
      sid: 'of another',
      auth_time: 1,
      acr: 'high',
      amr: ['mfa'],
      aud: 'x',
    }
    const signIn = await world.redeem()
    expect(signIn.claims).toEqual({
      iss: rogue.issuer,
      sub: 'mallory',
      acr: 'low',
      email: 'm@example.com',
    })
    expect(signIn).not.toHaveProperty('issuerSessionId')
  })

  test.each([
    ['of somebody else', { sub: 'alice', email: 'alice@example.com' }],
    ['without sub', { email: 'alice@example.com' }],
    ['with a sub that is no string', { sub: 5, email: 'alice@example.com' }],
  ])('%s refuses the login', async (_name, userinfo) => {
    rogue.userinfo = userinfo
    expect((await refusalOf(world.redeem())).code).toBe('login_response_invalid')
  })

  test('makes nobody a client of the issuer, nor does the ID Token: a person has signed in', async () => {
    for (const claims of [{}, { client_id: 'admin-tool' }]) {
      rogue.idToken = { claims }
      rogue.userinfo = { sub: 'mallory', email: 'm@example.com', client_id: 'admin-tool' }
      expect((await world.redeem()).claims).not.toHaveProperty('client_id')
    }
  })

  test.each<[string, Answer]>([
    ['does not answer', hangUp],
    ['answers with a page', html(200)],
    ['answers 401', json(401, { error: 'invalid_token' }, { 'WWW-Authenticate': 'Bearer' })],
    [
      'answers with a signed token, which nobody verified',
      (_request, response) => {
        const payload = Buffer.from('{"sub":"mallory","email":"x@example.com"}')
        response.writeHead(200, { 'Content-Type': 'application/jwt' })
        response.end(`eyJhbGciOiJFUzI1NiJ9.${payload.toString('base64url')}.AAAA`)
      },
    ],
  ])('that %s makes no session', async (_name, answer) => {
    rogue.answers.userinfo = answer
    expect((await refusalOf(world.redeem())).code).toBe('issuer_unavailable')
  })

  test('that the issuer does not have is not missed', async () => {
    rogue.metadata = { userinfo_endpoint: undefined }
    await expect(world.redeem()).resolves.toMatchObject({ subject: 'mallory' })
  })
})

test('no refusal and no log line carries a token, a code, a nonce or a client secret', async () => {
  const stranger = await createSigningKey()
  const said: string[] = []
  const twists = [{}, { claims: { nonce: 'n' } }, { claims: { aud: 'x' } }, { sign: () => 'a.b.c' }]
  for (const idToken of twists) {
    rogue.idToken = idToken
    rogue.key = stranger
    said.push((await refusalOf(world.redeem())).message)
  }
  for (const answer of [html(500), json(400, { error: 'invalid_client', code: 'the-code' })]) {
    rogue.answers.token = answer
    const refused = await refusalOf(world.redeem())
    said.push(refused.message, refused.detail)
  }
  const everything = JSON.stringify([said, world.log.lines])
  const { nonce, state, codeVerifier } = world.secrets
  for (const secret of [nonce, state, codeVerifier, 'the-code', 'postern-secret', 'access-token']) {
    expect(everything).not.toContain(secret)
  }
})
