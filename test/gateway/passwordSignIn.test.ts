// The hosted sign-in form, from the navigation that meets it to the session that comes out.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTurnableClock } from '../support/clock.ts'
import type { HttpAnswer, HttpClient } from '../support/httpClient.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import type { World } from '../support/world.ts'
import { asScript, fetchAs, fieldsSeenBy, jsonOf, open, problemOf } from './steps.ts'

let world: World
const clock = createTurnableClock()

beforeAll(async () => {
  world = await startPasswordWorld({ clock, issuer: { accessTokenLifetime: 60 } })
})
afterAll(() => world.stop())

async function signIn(
  client: HttpClient,
  values: Readonly<Record<string, string>> = { username: 'alice', password: 'alice' },
  path = '/orders?page=2',
  publicUrl = world.publicUrl,
): Promise<HttpAnswer> {
  return client.submitForm(await client.navigate(publicUrl + path), values)
}

test('a person without a session is shown the form, signs in, and is where they were going', async () => {
  const client = world.browser()
  const form = await client.navigate(`${world.publicUrl}/orders?page=2`)
  expect(form.status).toBe(200)
  expect(new URL(form.url).pathname).toBe('/.postern/sign-in')
  const page = await client.submitForm(form, { username: 'alice', password: 'alice' })
  expect(page.url).toBe(`${world.publicUrl}/orders?page=2`)
  expect(page.status).toBe(200)
  const seen = world.upstream.requests.at(-1)!
  expect(fieldsSeenBy(seen)['x-forwarded-user']).toBe('alice')
  expect(fieldsSeenBy(seen)['x-forwarded-groups']).toBe('staff,admins')
})

test('a script without a session is told where to sign in, and is redirected nowhere', async () => {
  const answer = await fetchAs(world.browser(), `${world.publicUrl}/orders`)
  expect(answer.status).toBe(401)
  expect(problemOf(answer)).toEqual({
    code: 'login_required',
    loginUrl: '/.postern/sign-in?rd=%2Forders',
  })
})

test("the application's own page and who has signed out are led to the form as well", async () => {
  const told = await fetchAs(world.browser(), `${world.publicUrl}/.postern/session`)
  expect(problemOf(told)).toEqual({
    code: 'login_required',
    loginUrl: '/.postern/sign-in?rd=%2F',
  })
  const signedOut = await world.browser().navigate(`${world.publicUrl}/.postern/logout`)
  expect(signedOut.text).toContain('href="/.postern/sign-in?rd=%2F"')
})

test('who may sign in at some of the providers is offered these, by name, and no other', async () => {
  const { issuer, clientId, clientSecret } = world.issuer
  const one = { issuer, clientId, clientSecret, password: {} }
  await using several = await startPasswordWorld({
    routes: [
      {
        match: { path: '/**' },
        authenticate: ['password'],
        providers: ['staff', 'guests'],
        upstream: 'app',
      },
    ],
    config: {
      providers: [
        { ...one, id: 'staff', displayName: 'Staff' },
        { ...one, id: 'guests', displayName: 'Guests' },
        { ...one, id: 'partners', displayName: 'Partners' },
      ],
    },
  })
  const client = several.browser()
  const chooser = await client.navigate(`${several.publicUrl}/orders`)
  expect(chooser.text).toContain('>Staff</a>')
  expect(chooser.text).not.toContain('Partners')
  const [, href = ''] = /href="([^"]+)">Guests</.exec(chooser.text)!
  const form = await client.navigate(several.publicUrl + href.replaceAll('&amp;', '&'))
  const page = await client.submitForm(form, { username: 'bob', password: 'bob' })
  expect(page.url).toBe(`${several.publicUrl}/orders`)
  expect(page.status).toBe(200)
})

test('who has signed in at a provider that does not count here is offered the form for the one that does', async () => {
  const { issuer, clientId, clientSecret } = world.issuer
  const one = { issuer, clientId, clientSecret, password: {} }
  const route = { authenticate: ['password' as const], upstream: 'app' }
  await using several = await startPasswordWorld({
    routes: [
      { ...route, match: { path: '/staff/**' }, providers: ['staff'] },
      { ...route, match: { path: '/old/**' }, providers: ['staff'], signInPage: '/login' },
      { ...route, match: { path: '/login' }, access: 'public' },
      { ...route, match: { path: '/**' }, providers: ['guests'] },
    ],
    config: {
      providers: [
        { ...one, id: 'staff' },
        { ...one, id: 'guests' },
      ],
    },
  })
  const client = several.browser()
  await signIn(client, undefined, '/', several.publicUrl)
  const page = await open(client, `${several.publicUrl}/staff/x`)
  expect(page.status).toBe(403)
  expect(page.text).toContain('href="/.postern/sign-in?rd=%2Fstaff%2Fx&amp;provider=staff"')
  const told = await fetchAs(client, `${several.publicUrl}/staff/x`)
  expect(problemOf(told).loginUrl).toBe('/.postern/sign-in?rd=%2Fstaff%2Fx&provider=staff')
  expect((await open(client, `${several.publicUrl}/old/x`)).text).toContain('href="/login"')
})

test('a wrong password shows the form again, with the name that was typed and without the password', async () => {
  const client = world.browser()
  const answer = await signIn(client, { username: 'ali"ce', password: 'a wrong <password>' })
  expect(answer.status).toBe(401)
  expect(answer.text).toContain('value="ali&quot;ce"')
  expect(answer.text).toContain('The user name or the password is wrong.')
  expect(answer.text).not.toContain('a wrong')
  expect((await open(client, `${world.publicUrl}/orders`)).status).toBe(302)
})

test('the session is renewed with the refresh token, and signing out ends it', async () => {
  const client = world.browser()
  await signIn(client)
  const asked = world.issuer.counts.token
  clock.forward(61)
  expect((await open(client, `${world.publicUrl}/orders`)).status).toBe(200)
  expect(world.issuer.counts.token).toBe(asked + 1)
  expect((await open(client, `${world.publicUrl}/.postern/logout`)).headers.location).toMatch(
    `${world.issuer.issuer}/session/end?`,
  )
  expect((await open(client, `${world.publicUrl}/orders`)).status).toBe(302)
})

test('the session counts like any other, and says who it is of', async () => {
  const client = world.browser()
  await signIn(client, { username: 'bob', password: 'bob' })
  const answer = await client.request(`${world.publicUrl}/.postern/session`)
  expect(jsonOf(answer)).toMatchObject({ subject: 'bob', provider: 'test', groups: ['staff'] })
})

test('each sign-in opens a new session and ends the one before', async () => {
  const client = world.browser()
  await signIn(client)
  const before = client.cookies.find('postern')!.value
  const form = await client.navigate(`${world.publicUrl}/.postern/sign-in?rd=/orders`)
  await client.submitForm(form, { username: 'bob', password: 'bob' })
  expect(client.cookies.find('postern')!.value).not.toBe(before)
  const fields = ['Cookie', `postern=${before}`, ...asScript]
  const stale = await world.browser().request(`${world.publicUrl}/orders`, { fields })
  expect(stale.status).toBe(401)
})

test.each([
  ['nothing at all', ''],
  ['no password', 'username=alice'],
  ['no user name', 'password=alice'],
  ['both empty', 'username=&password='],
  ['other names', 'user=alice&pass=alice'],
  ['a name twice', 'username=alice&username=bob&password=alice'],
])('a form with %s asks for both, and the issuer is not asked', async (_, body) => {
  const asked = world.issuer.counts.token
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('Enter your user name and your password.')
  expect(world.issuer.counts.token).toBe(asked)
})

test.each([
  ['JSON', 'application/json', '{"username":"alice","password":"alice"}', 415],
  ['multipart', 'multipart/form-data; boundary=x', '--x\r\n\r\n--x--', 415],
  ['10 MB', 'application/x-www-form-urlencoded', `password=${'a'.repeat(10_000_000)}`, 413],
  ['bytes that are not UTF-8', 'application/x-www-form-urlencoded', 'username=a&password=%ff', 400],
])('a body that is %s is refused with a name', async (_, type, body, status) => {
  const asked = world.issuer.counts.token
  expect((await post(body, type)).status).toBe(status)
  expect(world.issuer.counts.token).toBe(asked)
})

describe('a password arrives at the issuer as it was typed', () => {
  test.each([
    ['with outer and inner space', '  two  words '],
    ['with NUL and control characters', 'a\0b\u0001\u001f\u007fc'],
    ['with characters of four bytes', '🔑𝔭𝔞𝔰𝔰'],
    ['with characters that mean something in a form', 'a+b&c=d%20;"\'<>'],
    ['in a form that Unicode would normalise', 'e\u0301 ﬁ Å'],
    ['of 1,000 characters', 'pässwörd 密码 '.repeat(84).slice(0, 1000)],
  ])('%s', async (_, password) => {
    world.issuer.accounts.get('bob')!.password = password
    const answer = await signIn(world.browser(), { username: 'bob', password }, '/orders')
    world.issuer.accounts.get('bob')!.password = 'bob'
    expect(answer.url).toBe(`${world.publicUrl}/orders`)
    expect(answer.status).toBe(200)
  })
})

test.each([
  ['https://evil.example/', '/'],
  ['//evil.example', '/'],
  ['/.postern/logout', '/'],
  ['/a?b=c', '/a?b=c'],
])('after signing in, rd=%s leads to %s', async (rd, place) => {
  const client = world.browser()
  const url = `${world.publicUrl}/.postern/sign-in?rd=${encodeURIComponent(rd)}`
  const page = await client.submitForm(await client.navigate(url), {
    username: 'alice',
    password: 'alice',
  })
  expect(page.url).toBe(world.publicUrl + place)
})

test('the sign-in form cannot be framed, runs nothing and loads nothing', async () => {
  const { headers, text } = await world.browser().navigate(`${world.publicUrl}/orders`)
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'self' https: http:; frame-ancestors 'none'$/,
  )
  expect(headers['cache-control']).toBe('no-store')
  expect(text).not.toContain('<script')
})

/** A form of this browser, with the token that belongs to it. */
async function post(body: string, type = 'application/x-www-form-urlencoded'): Promise<HttpAnswer> {
  const client = world.browser()
  const form = await client.navigate(`${world.publicUrl}/.postern/sign-in`)
  const token = /name="csrf_token" value="([^"]+)"/.exec(form.text)![1]
  const fields = ['Accept', 'text/html', 'Content-Type', type, 'Origin', world.publicUrl]
  return client.request(form.url, { method: 'POST', fields, body: `${body}&csrf_token=${token}` })
}
