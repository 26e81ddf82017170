import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../../../src/sessions/session.ts'
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
  signWith,
  type RogueIssuer,
} from '../../../support/rogueIssuer.ts'
import { aSession, createParty, startRogueWorld, type RogueWorld } from '../oidcWorld.ts'

let world: RogueWorld
let rogue: RogueIssuer
let session: Session

async function begin(neededClaims: readonly string[] = []): Promise<void> {
  world = await startRogueWorld({ neededClaims })
  rogue = world.rogue
  rogue.idToken = { claims: { auth_time: 5, groups: ['staff'] } }
  session = aSession(await world.redeem())
}
beforeEach(() => begin())
afterEach(() => world[Symbol.asyncDispose]())

const outcome = async (of: Session = session): Promise<string> =>
  (await world.party.refresh(of)).outcome

describe('a refresh', () => {
  test('brings new tokens and the claims of the new ID Token', async () => {
    rogue.idToken = { claims: { auth_time: 5, groups: ['staff', 'admins'] } }
    const result = await world.party.refresh(session)
    expect(result).toMatchObject({
      outcome: 'refreshed',
      signIn: {
        subject: 'mallory',
        claims: { groups: ['staff', 'admins'] },
        tokens: { refreshToken: 'refresh token 2', accessToken: 'access-token-of-mallory' },
      },
    })
    const form = rogue.tokenRequests.at(-1)?.form ?? []
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh token 1',
    })
  })

  test('keeps what the answer leaves out', async () => {
    rogue.tokenAnswer = { id_token: undefined, refresh_token: undefined, expires_in: undefined }
    const result = await world.party.refresh(session)
    expect(result).toMatchObject({
      outcome: 'refreshed',
      signIn: {
        claims: session.claims,
        tokens: {
          idToken: session.tokens.idToken,
          refreshToken: 'refresh token 1',
          scopes: session.tokens.scopes,
        },
      },
    })
    expect(result).not.toHaveProperty('signIn.tokens.accessTokenExpiresAt')
  })
})

test('no refresh token is used up while the answer to it could not be verified', async () => {
  const { party, clock } = createParty(rogue.issuer)
  const before = rogue.tokenRequests.length
  rogue.answers.jwks = json(500, {})
  expect((await party.refresh(session)).outcome).toBe('unavailable')
  expect(rogue.tokenRequests).toHaveLength(before)
  delete rogue.answers.jwks
  clock.forward(2)
  expect((await party.refresh(session)).outcome).toBe('refreshed')
})

describe('the session ends', () => {
  test('where the grant is over', async () => {
    rogue.answers.token = json(400, { error: 'invalid_grant', error_description: 'a secret' })
    expect(await world.party.refresh(session)).toEqual({
      outcome: 'ended',
      detail: 'invalid_grant',
    })
  })

  const now = Math.floor(Date.now() / 1000)
  test.each<[string, Record<string, unknown>]>([
    ['sub', { sub: 'alice' }],
    ['sub', { sub: undefined }],
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'someone-else' }],
    ['nonce', { nonce: 'another' }],
    ['auth_time', { auth_time: 6 }],
    ['exp', { exp: now - 60 }],
    ['at_hash', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('where the new ID Token has another %s: %j', async (claim, claims) => {
    rogue.idToken = { claims }
    const result = await world.party.refresh(session)
    expect(result).toMatchObject({ outcome: 'ended', detail: expect.stringContaining(claim) })
  })

  test('where the new ID Token is forged or not signed', async () => {
    const stranger = await createSigningKey()
    rogue.idToken = { sign: (claims, header) => signWith(stranger, claims, header) }
    expect(await outcome()).toBe('ended')
    rogue.idToken = { sign: leaveUnsigned }
    expect(await outcome()).toBe('ended')
    rogue.idToken = { sign: () => 'rubbish' }
    expect(await outcome()).toBe('ended')
  })

  test('where it is of another issuer than the one configured', async () => {
    expect(await outcome({ ...session, issuer: 'https://old.example' })).toBe('ended')
  })
})

describe('the session stays as it is', () => {
  test.each<[string, Answer]>([
    ['a page', html(200)],
    ['a page with status 404', html(404)],
    ['status 502', html(502)],
    ['invalid_grant with status 503', json(503, { error: 'invalid_grant' })],
    ['nothing', empty],
    ['10 MB', huge],
    ['a closed connection', hangUp],
    ['a redirect', redirect('/elsewhere')],
    ['JSON without an access token', json(200, { token_type: 'bearer' })],
    ['JSON with another token type', json(200, { access_token: 'a', token_type: 'mac' })],
    ['temporarily_unavailable', json(400, { error: 'temporarily_unavailable' })],
  ])('where the issuer answers with %s', async (_name, answer) => {
    rogue.answers.token = answer
    expect(await outcome()).toBe('unavailable')
  })

  test('where the issuer is not there', async () => {
    await rogue.stop()
    expect(await outcome()).toBe('unavailable')
  })

  test('where there is no refresh token', async () => {
    const { refreshToken: _none, ...tokens } = session.tokens
    expect(await outcome({ ...session, tokens })).toBe('unavailable')
    expect(rogue.counts.token).toBe(1)
  })

  test.each(['invalid_client', 'unauthorized_client', 'invalid_request', 'invalid_scope'])(
    'where the operator made a mistake (%s), which the log says loudly',
    async (error) => {
      rogue.answers.token = json(401, { error }, { 'WWW-Authenticate': 'Basic realm="idp"' })
      expect(await outcome()).toBe('unavailable')
      expect(world.log.lines.at(-1)).toMatchObject({
        level: 'error',
        fields: { error, detail: expect.stringMatching(/; check /) as unknown },
      })
    },
  )

  test('where the keys cannot be read', async () => {
    rogue.key = await createSigningKey()
    rogue.answers.jwks = html(502)
    expect(await outcome()).toBe('unavailable')
  })

  test('where the session holds an ID Token that nobody can read', async () => {
    expect(await outcome(aSession({ ...session, claims: {} }, { idToken: 'rubbish' }))).toBe(
      'unavailable',
    )
  })
})

describe('claims that stand at userinfo', () => {
  beforeEach(async () => {
    await world[Symbol.asyncDispose]()
    rogue.userinfo = { sub: 'mallory', email: 'old@example.com' }
    world = await startRogueWorld({ neededClaims: ['email'] })
    rogue = world.rogue
    rogue.userinfo = { sub: 'mallory', email: 'old@example.com' }
    session = aSession(await world.redeem())
  })

  test.each([['with'], ['without']])('are read again %s a new ID Token', async (which) => {
    if (which === 'without') rogue.tokenAnswer = { id_token: undefined }
    rogue.userinfo = { sub: 'mallory', email: 'new@example.com' }
    expect(await world.party.refresh(session)).toMatchObject({
      signIn: { claims: { sub: 'mallory', email: 'new@example.com' } },
    })
  })

  test('stay as they were while userinfo is out of order; the new tokens are kept', async () => {
    rogue.answers.userinfo = html(502)
    expect(await world.party.refresh(session)).toMatchObject({
      outcome: 'refreshed',
      signIn: {
        claims: { email: 'old@example.com' },
        tokens: { refreshToken: 'refresh token 2' },
      },
    })
    expect(world.log.lines.at(-1)?.level).toBe('warn')
  })

  test('an address that is not verified does not become one that is while userinfo is out of order', async () => {
    const claims = { email: 'ceo@example.com', email_verified: false }
    rogue.userinfo = { sub: 'mallory', ...claims }
    const unverified = aSession(await world.redeem())
    expect(unverified.claims).toMatchObject(claims)
    rogue.answers.userinfo = html(502)
    for (const idToken of [rogue.tokenAnswer, { id_token: undefined }]) {
      rogue.tokenAnswer = idToken
      expect(await world.party.refresh(unverified)).toMatchObject({ signIn: { claims } })
    }
  })

  test('of somebody else end the session', async () => {
    rogue.userinfo = { sub: 'alice', email: 'alice@example.com' }
    expect(await outcome()).toBe('ended')
  })
})
