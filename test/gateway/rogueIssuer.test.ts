import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { catalogue, type RefusalCode } from '../../src/errors/catalogue.ts'
import { createTurnableClock } from '../support/clock.ts'
import { createHttpClient, type HttpAnswer } from '../support/httpClient.ts'
import {
  drip,
  empty,
  hangUp,
  html,
  huge,
  json,
  redirect,
  type Answer,
} from '../support/rogueAnswers.ts'
import {
  createSigningKey,
  leaveUnsigned,
  publicKeyText,
  signWith,
  signWithSecret,
  startRogueIssuer,
  type IdTokenTwist,
  type RogueIssuer,
} from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { beginLogin, signInAtRogue } from './rogue.ts'
import { fetchAs, followRequests, jsonOf, open, sessionCookiesOf, until } from './steps.ts'

const aProvider = (issuer: string, id = 'rogue') => ({
  id,
  issuer,
  clientId: 'postern',
  clientSecret: 'postern-secret',
})

let rogue: RogueIssuer
let world: World
beforeAll(async () => {
  rogue = await startRogueIssuer()
  world = await startWorld({
    sessions: { store: 'memory' },
    routes: [
      {
        match: { path: '/**' },
        upstream: 'app',
        identity: { headers: { 'X-Sid': 'session_state' } },
      },
    ],
    config: { providers: [aProvider(rogue.issuer)] },
  })
  honestClaims()
})
afterEach(() => {
  rogue.metadata = {}
  rogue.tokenAnswer = {}
  rogue.userinfo = { sub: 'mallory' }
  for (const endpoint of ['metadata', 'jwks', 'token', 'userinfo'] as const) {
    delete rogue.answers[endpoint]
  }
  honestClaims()
})
afterAll(async () => {
  await world.stop()
  await rogue.stop()
})

const whole = { email: 'm@example.com', groups: ['g'], preferred_username: 'm', session_state: 's' }
function honestClaims(
  claims: Record<string, unknown> = {},
  rest: Omit<IdTokenTwist, 'claims'> = {},
) {
  rogue.idToken = { claims: { ...whole, ...claims }, ...rest }
}

/** One login, from the redirect to what the person reads in the end, with nothing left of it. */
async function expectRefusal(
  code: RefusalCode,
  detail: string | RegExp,
  comeBackWith: Readonly<Record<string, string | undefined>> = {},
): Promise<HttpAnswer> {
  const forwarded = world.upstream.requests.length
  const login = await beginLogin(world, rogue)
  const requests = followRequests(world)
  const answer = await login.comeBack(comeBackWith)
  const { status, title, advice } = catalogue[code]
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^text\/html/)
  expect(answer.text).toContain(title)
  expect(answer.text).toContain(advice.replaceAll("'", '&#39;'))
  const [line] = await requests.next()
  expect(line).toMatchObject({ refusal: code, status })
  expect(line!['detail']).toEqual(
    typeof detail === 'string' ? detail : expect.stringMatching(detail),
  )
  expect(answer.text).not.toContain(String(line!['detail']))
  expect(sessionCookiesOf(login.client)).toEqual([])
  expect((await fetchAs(login.client, `${world.publicUrl}/orders`)).status).toBe(401)
  expect(world.upstream.requests).toHaveLength(forwarded)
  return answer
}

test('an honest answer of the same issuer signs in', async () => {
  const client = await signInAtRogue(world, rogue)
  expect((await fetchAs(client, `${world.publicUrl}/orders`)).status).toBe(200)
})

describe('an ID Token that is not right signs nobody in', () => {
  const now = Math.floor(Date.now() / 1000)
  test.each<[string, Record<string, unknown>, string]>([
    ['of another issuer', { iss: 'https://evil.example' }, 'iss'],
    ['for somebody else', { aud: 'another-client' }, 'aud'],
    ['for several, of whom we are not the one', { aud: ['postern', 'b'], azp: 'b' }, 'azp'],
    ['for several, without a party', { aud: ['postern', 'b'] }, 'aud'],
    ['of another login', { nonce: 'stolen' }, 'nonce'],
    ['of no login', { nonce: undefined }, 'nonce'],
    ['that is over', { exp: now - 60 }, 'exp'],
    ['that never ends', { exp: 1e300 }, 'exp'],
    ['that ends in words', { exp: 'tomorrow' }, 'exp'],
    ['without an end', { exp: undefined }, 'exp'],
    ['from the future', { iat: now + 3600 }, 'iat'],
    ['that is not valid yet', { nbf: now + 3600 }, 'nbf'],
    ['about nobody', { sub: undefined }, 'sub'],
    ['about a number', { sub: 7 }, 'sub'],
    ['beside an access token of somebody else', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'at_hash'],
  ])('%s', async (_name, claims, claim) => {
    honestClaims(claims)
    await expectRefusal('login_response_invalid', new RegExp(`IdTokenRefused: .*\\b${claim}\\b`))
  })

  test('forged under the kid of a real key', async () => {
    const stranger = await createSigningKey()
    honestClaims({}, { sign: (claims, header) => signWith(stranger, claims, header) })
    await expectRefusal(
      'login_response_invalid',
      /signature: made by no ES256 key "key-\d+" of theirs$/,
    )
  })

  test('not signed at all', async () => {
    honestClaims({}, { sign: leaveUnsigned })
    await expectRefusal('login_response_invalid', /IdTokenRefused: .*"?alg\b/)
  })

  test('signed with the public key as if it were a secret', async () => {
    const publicKey = await publicKeyText(rogue.key)
    honestClaims({}, { sign: (claims, header) => signWithSecret(publicKey, claims, header) })
    await expectRefusal('login_response_invalid', /IdTokenRefused: .*"?alg\b/)
  })

  test.each<[string, IdTokenTwist['header'], RegExp]>([
    ['of another type', { typ: 'at+jwt' }, /typ: found "at\+jwt", expected JWT$/],
    ['with an extension that nobody knows', { crit: ['exp'] }, /crit|signature|header/i],
    [
      'of a key that is nowhere',
      { kid: 'nowhere' },
      /signature: made by no ES256 key "nowhere" of theirs$/,
    ],
  ])('%s', async (_name, header, detail) => {
    honestClaims({}, { sign: (claims, all) => signWithHeader(claims, { ...all, ...header }) })
    await expectRefusal('login_response_invalid', detail)
  })

  async function signWithHeader(claims: Record<string, unknown>, header: Record<string, unknown>) {
    const { crit, ...rest } = header
    const token = await signWith(rogue.key, claims, rest)
    if (crit === undefined) return token
    // Because the library signs no header that it would not take itself.
    const [, payload = '', signature = ''] = token.split('.')
    const bent = Buffer.from(JSON.stringify(header)).toString('base64url')
    return `${bent}.${payload}.${signature}`
  }
})

describe('a token answer that is not right signs nobody in', () => {
  test.each<[string, Record<string, unknown>]>([
    ['no ID Token', { id_token: undefined }],
    ['an ID Token that is none', { id_token: '<script>' }],
    ['an encrypted ID Token', { id_token: 'e30.e30.e30.e30.e30' }],
    ['no access token', { access_token: undefined }],
    ['another token type', { token_type: 'mac' }],
    ['a lifetime in words', { expires_in: 'soon' }],
  ])('%s', async (_name, answer) => {
    rogue.tokenAnswer = answer
    await expectRefusal('login_response_invalid', /./)
  })

  test.each<[string, RefusalCode]>([
    ['invalid_grant', 'login_response_invalid'],
    ['invalid_client', 'login_misconfigured'],
    ['access_denied', 'login_response_invalid'],
  ])('the error %s, whose description nobody reads', async (error, code) => {
    rogue.answers.token = json(400, { error, error_description: '<b>captive portal</b>' })
    const page = await expectRefusal(
      code,
      new RegExp(`^provider rogue: the token endpoint answered ${error}`),
    )
    expect(page.text).not.toContain('captive portal')
    expect(world.logText()).not.toContain('captive portal')
  })

  test.each<[string, Answer, RegExp]>([
    ['a page', html(200), /\/token: answered 200 with something that is no JSON object$/],
    ['a page of a broken proxy', html(502), /\/token: answered 502$/],
    ['tokens with status 500', json(500, { access_token: 'a' }), /\/token: answered 500$/],
    ['nothing', empty, /\/token: answered 200 with something that is no JSON object$/],
    ['10 MB', huge, /\/token: answered more than 1 MB$/],
    ['a closed connection', hangUp, /\/token: UND_ERR_SOCKET$/],
    ['a redirect', redirect('http://evil.example/'), /\/token: answered 302$/],
  ])('%s is an outage, not a verdict', async (_name, answer, detail) => {
    rogue.answers.token = answer
    const page = await expectRefusal('issuer_unavailable', detail)
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0)
    expect(page.text).not.toContain('captive portal')
  })

  test('the same callback signs in once the issuer answers again', async () => {
    rogue.answers.token = html(502)
    const login = await beginLogin(world, rogue)
    expect((await login.comeBack()).status).toBe(503)
    delete rogue.answers.token
    const answer = await login.comeBack()
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toBe('/orders')
  })
})

describe('a response through the browser that is not right redeems nothing', () => {
  test.each<[string, Record<string, string | undefined>, RefusalCode, string | RegExp]>([
    [
      'of another issuer',
      { iss: 'https://evil.example' },
      'login_response_invalid',
      /^iss: found "https:\/\/evil\.example"/,
    ],
    ['without a code', { code: undefined }, 'login_response_invalid', 'code: missing'],
    ['with a token', { access_token: 'x' }, 'login_response_invalid', /^access_token: /],
    ['without state', { state: undefined }, 'login_response_invalid', 'a callback without state'],
    [
      'that says no',
      { error: 'access_denied', error_description: '<b>captive portal</b>' },
      'login_refused',
      'provider rogue: the authorization endpoint answered access_denied',
    ],
    [
      'that says no in a language of its own',
      { error: 'no\n{"level":50}' },
      'login_refused',
      'provider rogue: the authorization endpoint answered an error code that is none',
    ],
  ])('%s', async (_name, parameters, code, detail) => {
    const before = rogue.counts.token
    const page = await expectRefusal(code, detail, parameters)
    expect(page.text).not.toMatch(/evil\.example|captive portal|"level"/)
    expect(rogue.counts.token).toBe(before)
  })

  test('with a parameter that comes twice', async () => {
    const before = rogue.counts.token
    const { client, asked } = await beginLogin(world, rogue)
    const query = `code=a&code=b&state=${asked.get('state')}`
    const answer = await open(client, `${world.publicUrl}/.postern/callback?${query}`)
    expect(answer.status).toBe(400)
    expect(rogue.counts.token).toBe(before)
  })

  test('that belongs to another browser is sent to start anew, and redeems nothing', async () => {
    const before = rogue.counts.token
    const { asked } = await beginLogin(world, rogue)
    const victim = world.browser()
    const url = `${world.publicUrl}/.postern/callback?code=x&state=${asked.get('state')}`
    const answer = await open(victim, url)
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toMatch(`${rogue.issuer}/authorize`)
    expect(sessionCookiesOf(victim)).toEqual([])
    expect(rogue.counts.token).toBe(before)
  })
})

describe('userinfo', () => {
  const lacking = { ...whole, email: undefined }

  test('completes the claims of the same person', async () => {
    rogue.idToken = { claims: lacking }
    rogue.userinfo = { sub: 'mallory', email: 'm@example.org' }
    const client = await signInAtRogue(world, rogue)
    await fetchAs(client, `${world.publicUrl}/x`)
    expect(world.upstream.requests.at(-1)!.headers['x-forwarded-email']).toBe('m@example.org')
  })

  test.each([
    ['about somebody else', { sub: 'alice', email: 'alice@example.com' }],
    ['about nobody', { email: 'alice@example.com' }],
  ])('%s signs nobody in', async (_name, userinfo) => {
    rogue.idToken = { claims: lacking }
    rogue.userinfo = userinfo
    await expectRefusal('login_response_invalid', /userinfo: sub/)
  })

  test.each<[string, Answer]>([
    ['a page', html(200)],
    ['10 MB', huge],
  ])('%s is an outage', async (_name, answer) => {
    rogue.idToken = { claims: lacking }
    rogue.answers.userinfo = answer
    await expectRefusal('issuer_unavailable', /\/userinfo: answered/)
  })
})

test('a login after the issuer has rotated its keys works at once', async () => {
  await using fresh = await startRogueIssuer()
  await using own = await startWorld({ config: { providers: [aProvider(fresh.issuer)] } })
  await signInAtRogue(own, fresh)
  fresh.key = await createSigningKey()
  fresh.jwks = [fresh.key.publicJwk]
  await signInAtRogue(own, fresh)
  expect(fresh.counts.jwks).toBe(2)
})

test.each<[string, (issuer: RogueIssuer) => unknown]>([
  ['cannot be read', (issuer) => (issuer.answers.jwks = html(502))],
  ['are none', (issuer) => (issuer.jwks = [])],
  ['are no list', (issuer) => (issuer.answers.jwks = json(200, { keys: 'none' }))],
  [
    'cannot verify a signature',
    (issuer) => (issuer.jwks = [{ kty: 'oct', k: 'AAAA' }, null, 7, { kty: 'EC', crv: 'P-0' }]),
  ],
])('keys that %s sign nobody in, until they are right', async (_name, bend) => {
  await using bent = await startRogueIssuer()
  const honest = bent.jwks
  bend(bent)
  const clock = createTurnableClock()
  await using own = await startWorld({ clock, config: { providers: [aProvider(bent.issuer)] } })
  const login = await beginLogin(own, bent)
  expect((await login.comeBack()).status).toBe(503)
  expect(sessionCookiesOf(login.client)).toEqual([])
  delete bent.answers.jwks
  bent.jwks = honest
  clock.forward(2)
  await signInAtRogue(own, bent)
})

describe('an issuer that cannot be read at the start', () => {
  test.each<[string, (issuer: RogueIssuer) => void, RegExp]>([
    ['names another issuer', (at) => (at.metadata = { issuer: 'https://evil.example' }), /issuer/],
    ['answers with a page', (at) => (at.answers.metadata = html(200)), /no JSON object$/],
    ['answers with 10 MB', (at) => (at.answers.metadata = huge), /answered more than 1 MB$/],
    ['sends elsewhere', (at) => (at.answers.metadata = redirect('/x')), /answered 302$/],
    [
      'has no token endpoint',
      (at) => (at.metadata = { token_endpoint: undefined }),
      /token_endpoint/,
    ],
  ])('one that %s keeps nothing from starting, and is named', async (_name, bend, detail) => {
    await using bent = await startRogueIssuer()
    bend(bent)
    await using own = await startWorld({ config: { providers: [aProvider(bent.issuer, 'corp')] } })
    const ready = await createHttpClient().request(`${own.adminUrl}/readyz`)
    expect(ready.status).toBe(503)
    expect(jsonOf(ready)).toMatchObject({ ready: false, checks: { 'provider:corp': false } })
    const requests = followRequests(own)
    const page = await open(own.browser(), `${own.publicUrl}/orders`)
    expect(page.status).toBe(503)
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.text).toContain(catalogue.issuer_unavailable.title)
    expect(page.text).not.toMatch(/evil|captive/)
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(0)
    expect(page.setCookies).toEqual([])
    const [line] = await requests.next()
    expect(line!['detail']).toMatch(detail)
  })

  test('one whose answer never ends is given up after 10 s', async () => {
    await using dripping = await startRogueIssuer()
    dripping.answers.token = drip
    await using own = await startWorld({ config: { providers: [aProvider(dripping.issuer)] } })
    const start = performance.now()
    const login = await beginLogin(own, dripping)
    const requests = followRequests(own)
    const page = await login.comeBack()
    expect(page.status).toBe(503)
    expect(performance.now() - start).toBeGreaterThan(9_000)
    expect(performance.now() - start).toBeLessThan(12_000)
    const [line] = await requests.next()
    expect(line!['detail']).toMatch(/\/token: gave no whole answer in time$/)
  }, 20_000)

  test('one that is away is read as soon as it answers, without anybody doing anything', async () => {
    await using away = await startRogueIssuer()
    await away.stop()
    const clock = createTurnableClock()
    await using own = await startWorld({
      clock,
      config: { providers: [aProvider(away.issuer, 'corp')] },
    })
    const ready = async () => (await createHttpClient().request(`${own.adminUrl}/readyz`)).status
    expect(await ready()).toBe(503)
    expect((await open(own.browser(), `${own.publicUrl}/.postern/login`)).status).toBe(503)
    expect((await fetchAs(own.browser(), `${own.publicUrl}/x`)).status).toBe(401)
    await away.restart()
    await until(async () => (await ready()) === 200)
    await signInAtRogue(own, away)
  })
})
