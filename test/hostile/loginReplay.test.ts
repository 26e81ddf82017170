import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HttpClient } from '../support/httpClient.ts'
import { startIssuer, type TestIssuer } from '../support/issuer.ts'
import { freePort } from '../support/ports.ts'
import { startRogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import {
  beginSignIn,
  findSubject,
  openedSessions,
  parameterOf,
  visit,
  withParameters,
} from './signingIn.ts'

let world: World
let second: TestIssuer
let browser: HttpClient
let opened: number

beforeAll(async () => {
  const [port, issuerPort] = [await freePort(), await freePort()]
  const publicUrl = `http://localhost:${port}`
  const redirectUris = [`${publicUrl}/.postern/callback`]
  second = await startIssuer({ redirectUris })
  const client = { clientId: 'postern', clientSecret: 'postern-secret' }
  const clients = ['postern', 'other'].map((id) => ({
    client_id: id,
    client_secret: 'postern-secret',
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
  }))
  world = await startWorld({
    sessions: { store: 'memory' },
    issuer: { port: issuerPort, clients },
    config: {
      publicUrl,
      listen: { address: `127.0.0.1:${port}` },
      providers: [
        { id: 'first', issuer: `http://localhost:${issuerPort}`, ...client },
        { id: 'second', issuer: second.issuer, ...client },
      ],
    },
    routes: [
      { match: { path: '/second/**' }, providers: ['second'], upstream: 'app' },
      { match: { path: '/**' }, providers: ['first'], upstream: 'app' },
    ],
  })
})
afterAll(async () => {
  await world.stop()
  await second.stop()
})
beforeEach(async () => {
  browser = world.browser()
  opened = await openedSessions(world)
  world.issuer.counts.token = 0
  second.counts.token = 0
})

/** Nobody was signed in, and no issuer was asked for tokens. */
async function expectNothingRedeemed(): Promise<void> {
  expect([world.issuer.counts.token, second.counts.token]).toEqual([0, 0])
  expect(await openedSessions(world)).toBe(opened)
}

/** No session came out of it, in this browser or anywhere. */
async function expectNobodySignedIn(client = browser): Promise<void> {
  expect(await findSubject(world, client)).toBeUndefined()
  expect(await openedSessions(world)).toBe(opened)
}

describe('a callback that comes again', () => {
  test('in its own browser leads where the person was going, and redeems nothing', async () => {
    const { callback } = await beginSignIn(world, browser, { path: '/report' })
    for (let times = 0; times < 3; times += 1) {
      const answer = await visit(browser, callback)
      expect([answer.status, answer.headers.location]).toEqual([302, '/report'])
    }
    expect(world.issuer.counts.token).toBe(1)
    expect(await openedSessions(world)).toBe(opened + 1)
  })

  test('ten times at once is redeemed once', async () => {
    const { callback } = await beginSignIn(world, browser)
    const answers = await Promise.all(Array.from({ length: 10 }, () => visit(browser, callback)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 302))
    expect(world.issuer.counts.token).toBe(1)
    expect(await openedSessions(world)).toBe(opened + 1)
  })

  test('after the person signed out signs nobody in', async () => {
    const { callback } = await beginSignIn(world, browser)
    await visit(browser, callback)
    await browser.request(`${world.publicUrl}/.postern/logout`)
    expect((await visit(browser, callback)).status).toBe(400)
    expect(await findSubject(world, browser)).toBeUndefined()
    expect(world.issuer.counts.token).toBe(1)
  })

  test('with the cookies of before it was used signs nobody in', async () => {
    const { callback } = await beginSignIn(world, browser)
    const before = browser.cookies.all().map(({ name, value }) => `${name}=${value}; Path=/`)
    await visit(browser, callback)
    const thief = world.browser()
    thief.cookies.store(world.publicUrl, before)
    const answer = await visit(thief, callback)
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/auth?`)
    expect(await findSubject(world, thief)).toBeUndefined()
    expect(world.issuer.counts.token).toBe(1)
  })
})

describe('a callback in another browser', () => {
  test('stolen before it was used, signs the thief in as nobody, and its owner still can use it', async () => {
    const { callback } = await beginSignIn(world, browser, { path: '/report' })
    const thief = world.browser()
    expect((await visit(thief, callback)).status).toBe(400)
    await expectNobodySignedIn(thief)
    await expectNothingRedeemed()
    expect((await visit(browser, callback)).headers.location).toBe('/report')
    expect(await findSubject(world, browser)).toBe('alice')
  })

  test('planted in a victim’s browser, signs nobody in as the attacker', async () => {
    const attacker = world.browser()
    const planted = await beginSignIn(world, attacker, { who: 'bob' })
    const own = await beginSignIn(world, browser, { who: 'alice' })
    const answer = await visit(browser, planted.callback)
    expect(answer.status).not.toBe(200)
    await expectNobodySignedIn()
    await expectNothingRedeemed()
    await visit(browser, own.callback)
    expect(await findSubject(world, browser)).toBe('alice')
  })

  test('planted while somebody is signed in, leaves that session alone', async () => {
    await visit(browser, (await beginSignIn(world, browser, { who: 'alice' })).callback)
    const planted = await beginSignIn(world, world.browser(), { who: 'bob' })
    await visit(browser, planted.callback)
    expect(await findSubject(world, browser)).toBe('alice')
    expect(world.issuer.counts.token).toBe(1)
  })
})

describe('parts of two logins put together', () => {
  test('the attacker’s code with the victim’s state is refused', async () => {
    const attacker = await beginSignIn(world, world.browser(), { who: 'bob' })
    const own = await beginSignIn(world, browser, { who: 'alice' })
    const code = parameterOf(attacker.callback, 'code')
    const answer = await visit(browser, withParameters(own.callback, { code }))
    expect(answer.status).toBe(400)
    await expectNobodySignedIn()
  })

  test('the states of two tabs, swapped, are refused', async () => {
    const [one, other] = [await beginSignIn(world, browser), await beginSignIn(world, browser)]
    const swapped = withParameters(one.callback, { state: parameterOf(other.callback, 'state') })
    expect((await visit(browser, swapped)).status).toBe(400)
    await expectNobodySignedIn()
  })

  test('a code that was issued to another client is refused', async () => {
    const started = await visit(browser, `${world.publicUrl}/`)
    const elsewhere = withParameters(started.headers.location!, { client_id: 'other' })
    const callback = await world.issuer.signInOverHttp(elsewhere)
    expect(parameterOf(callback, 'code')).not.toBe('')
    expect((await visit(browser, callback)).status).toBe(400)
    expect(world.issuer.counts.token).toBe(1)
    await expectNobodySignedIn()
  })

  test('a request that was changed on its way to another verifier is refused', async () => {
    const started = await visit(browser, `${world.publicUrl}/`)
    const changed = withParameters(started.headers.location!, { code_challenge: 'A'.repeat(43) })
    const callback = await world.issuer.signInOverHttp(changed)
    expect((await visit(browser, callback)).status).toBe(400)
    await expectNobodySignedIn()
  })

  test('a request that was changed on its way to another nonce is refused', async () => {
    const started = await visit(browser, `${world.publicUrl}/`)
    const changed = withParameters(started.headers.location!, { nonce: 'chosen-by-mallory' })
    const callback = await world.issuer.signInOverHttp(changed)
    expect((await visit(browser, callback)).status).toBe(400)
    expect(world.issuer.counts.token).toBe(1)
    await expectNobodySignedIn()
  })
})

describe('two issuers', () => {
  test('each signs in by itself, so that the tests below mean something', async () => {
    const options = { path: '/second/page', issuer: second }
    const { callback } = await beginSignIn(world, browser, options)
    expect((await visit(browser, callback)).headers.location).toBe('/second/page')
    expect([world.issuer.counts.token, second.counts.token]).toEqual([0, 1])
  })

  test.each([
    ['the other issuer’s iss', () => ({ iss: second.issuer })],
    ['no iss, where the issuer announces one', () => ({ iss: undefined })],
    ['an empty iss', () => ({ iss: '' })],
    ['an iss with a slash behind it', () => ({ iss: `${world.issuer.issuer}/` })],
    ['an iss in capitals', () => ({ iss: world.issuer.issuer.toUpperCase() })],
    ['an iss of nobody', () => ({ iss: 'https://evil.example' })],
  ])('a response with %s is refused before the code is redeemed', async (_, change) => {
    const { callback } = await beginSignIn(world, browser)
    const answer = await visit(browser, withParameters(callback, change()))
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('evil.example')
    await expectNobodySignedIn()
    await expectNothingRedeemed()
  })

  test('a code of the one never goes to the other', async () => {
    const atSecond = await beginSignIn(world, browser, { path: '/second/page', issuer: second })
    const atFirst = await beginSignIn(world, browser)
    for (const [mine, other] of [
      [atFirst, atSecond],
      [atSecond, atFirst],
    ] as const) {
      const mixed = withParameters(other.callback, { state: parameterOf(mine.callback, 'state') })
      expect((await visit(browser, mixed)).status).toBe(400)
    }
    await expectNobodySignedIn()
    await expectNothingRedeemed()
  })
})

describe('a callback with parameters that nobody asked for', () => {
  test.each([
    'code=x',
    'state=x',
    'iss=x',
    '%73tate=x',
    'c%6fde=x',
    'session_state=1&session_state=2',
    'error=a&error=b',
    'id_token=x',
    'access_token=x',
    'token=x',
    'response=x',
    'error=access_denied',
    'error=',
  ])('%s redeems nothing', async (added) => {
    const { callback } = await beginSignIn(world, browser)
    const answer = await visit(browser, `${callback}&${added}`)
    expect([400, 403]).toContain(answer.status)
    await expectNobodySignedIn()
    await expectNothingRedeemed()
  })

  test.each([{ code: undefined }, { code: '' }, { state: undefined }, { state: '' }])(
    'one that is missing: %o',
    async (change) => {
      const { callback } = await beginSignIn(world, browser)
      expect((await visit(browser, withParameters(callback, change))).status).toBe(400)
      await expectNothingRedeemed()
    },
  )

  test('an error response is refused without a word of it on the page', async () => {
    const { callback } = await beginSignIn(world, browser)
    const error = { code: undefined, error: 'access_denied', error_description: '<b>mallory</b>' }
    const answer = await visit(browser, withParameters(callback, error))
    expect(answer.status).toBe(403)
    expect(answer.text).not.toContain('mallory')
    expect(world.logText()).not.toContain('mallory')
    await expectNothingRedeemed()
  })
})

test.each(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'])(
  'a callback by %s redeems nothing, and the login goes on',
  async (method) => {
    const { callback } = await beginSignIn(world, browser)
    const fields = ['Accept', 'text/html', 'Content-Type', 'application/x-www-form-urlencoded']
    const body = new URL(callback).search.slice(1)
    for (const url of [callback, callback.split('?', 1)[0]!]) {
      const hasBody = method !== 'HEAD'
      const options = { method, fields, ...(hasBody ? { body } : {}) }
      expect((await browser.request(url, options)).status).toBe(405)
    }
    await expectNothingRedeemed()
    expect((await visit(browser, callback)).headers.location).toBe('/')
  },
)

describe('logins in flight', () => {
  test('of six in one browser the oldest is dropped, the others can be completed', async () => {
    const begun = []
    for (let count = 0; count < 6; count += 1) {
      begun.push(await beginSignIn(world, browser, { path: `/tab-${count}` }))
    }
    const names = browser.cookies.all().map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('postern-login-'))).toHaveLength(5)
    const answer = await visit(browser, begun[0]!.callback)
    expect(answer.headers.location).not.toBe('/tab-0')
    await expectNobodySignedIn()
    for (const [at, { callback }] of begun.entries()) {
      if (at >= 2) expect((await visit(browser, callback)).headers.location).toBe(`/tab-${at}`)
    }
  })

  test('a cookie that was altered anywhere is no login', async () => {
    const { callback } = await beginSignIn(world, browser)
    const { name, value } = browser.cookies.all()[0]!
    // Because `~2` behind it is a mark of the library's, not part of what is sealed.
    const sealed = value.replace(/~2$/, '')
    const altered = [
      sealed.slice(0, -1),
      sealed.slice(1),
      sealed.toUpperCase(),
      `${sealed}${sealed}`,
      `"${value}"`,
      value.replaceAll('*', '%2A'),
      '',
      'a',
      ...[0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => flip(sealed, share)),
    ]
    for (const each of altered) {
      const victim = world.browser()
      victim.cookies.store(world.publicUrl, [`${name}=${each}; Path=/`])
      await visit(victim, callback)
      await expectNobodySignedIn(victim)
    }
    await expectNothingRedeemed()
  })

  test('a cookie under another login’s name, or twice, is no login', async () => {
    const one = await beginSignIn(world, browser)
    await beginSignIn(world, browser)
    const [first, other] = browser.cookies.all()
    for (const cookies of [
      `${first!.name}=${other!.value}; ${other!.name}=${first!.value}`,
      `${first!.name}=${first!.value}; ${first!.name}=${other!.value}`,
      `${first!.name}=${first!.value}; ${first!.name}=${first!.value}`,
    ]) {
      const fields = ['Accept', 'text/html', 'Cookie', cookies]
      await world.browser().request(one.callback, { fields })
    }
    await expectNothingRedeemed()
  })

  test('a value that was sealed for something else is no login, and a login no session', async () => {
    const signedIn = world.browser()
    await visit(signedIn, (await beginSignIn(world, signedIn)).callback)
    const session = signedIn.cookies.find('postern')!.value
    const { callback } = await beginSignIn(world, browser)
    const login = browser.cookies.all()[0]!
    const thief = world.browser()
    thief.cookies.store(world.publicUrl, [`${login.name}=${session}; Path=/`])
    world.issuer.counts.token = 0
    await visit(thief, callback)
    expect(world.issuer.counts.token).toBe(0)
    thief.cookies.store(world.publicUrl, [`postern=${login.value}; Path=/`])
    expect(await findSubject(world, thief)).toBeUndefined()
  })
})

test('an ID Token with the nonce of another login, or with none, signs nobody in', async () => {
  await using rogue = await startRogueIssuer()
  await using world = await startWorld({
    provider: { issuer: rogue.issuer },
    sessions: { store: 'memory' },
  })
  const client = world.browser()
  const begin = async () => {
    const { location } = (await visit(client, `${world.publicUrl}/`)).headers
    const state = parameterOf(location!, 'state')
    const callback = `${world.publicUrl}/.postern/callback?code=x&state=${state}`
    return { nonce: parameterOf(location!, 'nonce'), callback }
  }
  const another = await begin()
  for (const nonce of [another.nonce, undefined, '', 'made-up']) {
    const { callback } = await begin()
    rogue.nonce = nonce
    expect((await visit(client, callback)).status).toBe(400)
    expect(await findSubject(world, client)).toBeUndefined()
  }
  const honest = await begin()
  rogue.nonce = honest.nonce
  expect((await visit(client, honest.callback)).headers.location).toBe('/')
  expect(await findSubject(world, client)).toBe('mallory')
})

function flip(text: string, share: number): string {
  const at = Math.floor(text.length * share)
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}
