// The password grant against an issuer that can be bent.

import { expect, test, vi } from 'vitest'
import { Secret } from '../../../../src/crypto/secret.ts'
import type { PasswordGrantResult } from '../../../../src/oidc/passwords/passwordGrant.ts'
import type { SignIn } from '../../../../src/sessions/session.ts'
import { empty, hangUp, html, json, redirect } from '../../../support/rogueAnswers.ts'
import { leaveUnsigned, type RogueIssuer } from '../../../support/rogueIssuer.ts'
import { aSession, startRogueWorld, type PartyWorld } from '../oidcWorld.ts'

const provider = {
  password: {
    parameters: { realm: 'staff', scope: 'all' },
    cacheTime: 300_000,
    negativeCacheTime: 60_000,
  },
}

function signIn({ party }: PartyWorld): Promise<PasswordGrantResult> {
  return party.signInWithPassword({ username: ' mallory ', password: new Secret('p w\0') })
}

function signInOf(result: PasswordGrantResult): SignIn {
  if (result.outcome === 'signed_in') return result.signIn
  throw new Error(`${result.reason}: ${result.detail}`)
}

test('the request is the one of RFC 6749 §4.3.2, with what the operator adds and never in place of ours', async () => {
  await using world = await startRogueWorld({ provider })
  await signIn(world)
  const { form, authorization } = world.rogue.tokenRequests[0]!
  expect(Object.fromEntries(form)).toEqual({
    grant_type: 'password',
    username: ' mallory ',
    password: 'p w\0',
    scope: 'openid profile',
    realm: 'staff',
  })
  expect(authorization).toMatch(/^Basic /)
})

test('client_secret_post sends the client in the form', async () => {
  const overrides = { ...provider, clientAuthentication: 'client_secret_post' as const }
  await using world = await startRogueWorld({ provider: overrides })
  await signIn(world)
  const { form, authorization } = world.rogue.tokenRequests[0]!
  expect([form.get('client_id'), form.get('client_secret')]).toEqual(['postern', 'postern-secret'])
  expect(authorization).toBeUndefined()
})

test('what comes out is a sign-in like that of the code flow', async () => {
  await using world = await startRogueWorld({ provider })
  expect(signInOf(await signIn(world))).toMatchObject({
    issuer: world.rogue.issuer,
    subject: 'mallory',
    tokens: { refreshToken: 'refresh token 1', scopes: ['openid', 'profile'] },
  })
})

test.each<[string, (rogue: RogueIssuer) => void]>([
  ['another audience', (rogue) => void (rogue.idToken = { claims: { aud: 'another' } })],
  ['another issuer', (rogue) => void (rogue.idToken = { claims: { iss: 'https://evil.example' } })],
  ['no signature', (rogue) => void (rogue.idToken = { sign: leaveUnsigned })],
  ['a time that is over', (rogue) => void (rogue.idToken = { claims: { exp: 1 } })],
  [
    'the hash of another access token',
    (rogue) => void (rogue.idToken = { claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
  ],
])('an ID Token with %s signs nobody in', async (_, bend) => {
  await using world = await startRogueWorld({ provider })
  bend(world.rogue)
  expect(await signIn(world)).toMatchObject({
    outcome: 'refused',
    reason: 'misconfigured',
    // Because the password was right.
    isCounted: false,
  })
})

test('where tokens came and nobody says whose they are, no wrong password is counted', async () => {
  await using world = await startRogueWorld({ provider })
  world.rogue.tokenAnswer = { id_token: undefined }
  world.rogue.answers.userinfo = html(500)
  expect(await signIn(world)).toMatchObject({ reason: 'unavailable', isCounted: false })
})

test('without an ID Token userinfo says who it is, and the session is renewed all the same', async () => {
  await using world = await startRogueWorld({ provider, neededClaims: ['groups'] })
  const { rogue, party } = world
  rogue.tokenAnswer = { id_token: undefined }
  rogue.userinfo = { sub: 'mallory', groups: ['staff'], iss: 'https://evil.example' }
  const signedIn = signInOf(await signIn(world))
  expect(signedIn.subject).toBe('mallory')
  expect(signedIn.claims).toEqual({ sub: 'mallory', groups: ['staff'] })
  rogue.userinfo = { sub: 'mallory', groups: ['audit'] }
  const renewed = await party.refresh(aSession(signedIn))
  expect(renewed).toMatchObject({ outcome: 'refreshed', signIn: { claims: { groups: ['audit'] } } })
  rogue.userinfo = { sub: 'somebody else', groups: ['audit'] }
  expect(await party.refresh(aSession(signedIn))).toMatchObject({ outcome: 'ended' })
})

test('neither an ID Token nor userinfo signs nobody in', async () => {
  await using world = await startRogueWorld({ provider })
  world.rogue.metadata = { userinfo_endpoint: undefined }
  world.rogue.tokenAnswer = { id_token: undefined }
  expect(await signIn(world)).toMatchObject({ outcome: 'refused', reason: 'misconfigured' })
})

test.each([
  ['hangs up', hangUp, false],
  ['answers 500', json(500, {}), true],
  ['answers nothing', empty, true],
  ['answers a page', html(200), true],
  ['redirects', redirect('https://evil.example/'), true],
])(
  'an issuer that %s is unavailable; an answer of any kind counts as a judgement',
  async (_, answer, isCounted) => {
    await using world = await startRogueWorld({ provider })
    await signIn(world)
    world.rogue.answers.token = answer
    expect(await signIn(world)).toMatchObject({ reason: 'unavailable', isCounted })
  },
)

test('an issuer that was never reached is unavailable, and has judged nothing', async () => {
  await using world = await startRogueWorld({ provider })
  await world.rogue.stop()
  expect(await signIn(world)).toMatchObject({ reason: 'unavailable', isCounted: false })
})

test('of many passwords at once the issuer judges 64, others wait, and what is beyond is sent away uncounted', async () => {
  await using world = await startRogueWorld({ provider })
  await signIn(world)
  const { rogue } = world
  const held: (() => void)[] = []
  rogue.answers.token = (request, response) => {
    held.push(() => json(400, { error: 'invalid_grant' })(request, response))
  }
  const results: PasswordGrantResult[] = []
  const all = Array.from({ length: 64 + 256 + 5 }, async () => {
    results.push(await signIn(world))
  })
  await vi.waitUntil(() => held.length === 64 && results.length === 5, { timeout: 8000 })
  for (const result of results) {
    expect(result).toMatchObject({ reason: 'unavailable', isCounted: false })
  }
  expect(rogue.counts.token).toBe(1 + 64)
  delete rogue.answers.token
  held.forEach((answer) => answer())
  await Promise.all(all)
  const outcomes = results.map(({ outcome }) => outcome)
  expect(outcomes.filter((outcome) => outcome === 'signed_in')).toHaveLength(256)
}, 30_000)

test('a password that was right before is judged before those that nobody knows', async () => {
  await using world = await startRogueWorld({ provider })
  await signIn(world)
  const { rogue, party } = world
  const held: (() => void)[] = []
  rogue.answers.token = (request, response) => {
    held.push(() => json(400, { error: 'invalid_grant' })(request, response))
  }
  const strangers = Array.from({ length: 64 + 256 }, () => signIn(world))
  await vi.waitUntil(() => held.length === 64, { timeout: 8000 })
  const credentials = { username: 'regular', password: new Secret('p') }
  const regular = party.signInWithPassword({ ...credentials, isProven: true })
  delete rogue.answers.token
  const [first, ...others] = held
  first!()
  await regular
  expect(rogue.tokenRequests.at(1)?.form.get('username')).toBe('regular')
  others.forEach((answer) => answer())
  await Promise.all(strangers)
}, 30_000)
