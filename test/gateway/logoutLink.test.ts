// An application's own logout link: the session here, the issuer's and the application's all end.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTurnableClock } from '../support/clock.ts'
import { lastSeen, startFormWorld, type FormWorld } from '../support/formWorld.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { startRedis } from '../support/redis.ts'
import {
  asNavigation,
  asScript,
  fieldsSeenBy,
  open,
  problemOf,
  sessionCookiesOf,
  until,
} from './steps.ts'

let app: FormWorld
beforeAll(async () => {
  app = await startFormWorld()
})
afterAll(() => app[Symbol.asyncDispose]())

const url = (path: string) => app.world.publicUrl + path

async function signedIn(): Promise<HttpClient> {
  const client = app.world.browser()
  expect((await app.post('login=alice&passwd=alice', { client })).status).toBe(303)
  return client
}

async function isSignedIn(client: HttpClient): Promise<boolean> {
  return (await client.request(url('/.postern/session'))).status === 200
}

test('the link ends the session, then the issuer’s, and comes to the application as nobody', async () => {
  const client = await signedIn()
  const page = await client.navigate(url('/logout?really=1'))
  const script = page.text.includes('document.forms[0].submit()')
  const end = script ? await client.submitForm(page, {}) : page
  expect(end.url).toBe(url('/logout?really=1'))
  expect(end.text).toBe('the application: GET /logout?really=1')
  expect(fieldsSeenBy(lastSeen(app))['x-forwarded-user']).toBeUndefined()
  expect(await isSignedIn(client)).toBe(false)
})

test('a form or a script of the application signs out, and the application gets it as from nobody', async () => {
  const client = await signedIn()
  const fields = [...asScript, 'Origin', app.world.publicUrl, 'Sec-Fetch-Site', 'same-origin']
  const cookie = client.cookies.find('postern')!.value
  const answer = await client.request(url('/logout'), { method: 'POST', fields, body: 'a=b' })
  expect(answer.text).toBe('the application: POST /logout')
  expect(app.bodies.at(-1)!.toString()).toBe('a=b')
  expect(fieldsSeenBy(lastSeen(app))['x-forwarded-user']).toBeUndefined()
  expect(client.cookies.find('postern')).toBeUndefined()
  const stolen = ['Cookie', `postern=${cookie}`, ...asScript]
  expect((await app.world.browser().request(url('/x'), { fields: stolen })).status).toBe(401)
})

test('another site’s link asks first, and its form and its pictures end nothing', async () => {
  const client = await signedIn()
  const link = [...asNavigation, 'Sec-Fetch-Site', 'cross-site']
  const sent = await client.request(url('/logout'), { fields: link })
  const asked = await client.request(url(sent.headers.location!), { fields: link })
  expect(asked.status).toBe(200)
  expect(asked.text).toContain('csrf_token')
  const before = app.bodies.length
  for (const [method, mode] of [
    ['POST', 'navigate'],
    ['GET', 'no-cors'],
  ] as const) {
    const fields = ['Sec-Fetch-Mode', mode, 'Sec-Fetch-Site', 'cross-site', 'Accept', '*/*']
    const answer = await client.request(url('/logout'), {
      method,
      fields: [...fields, 'Origin', 'https://evil.example'],
    })
    expect(answer.status).toBe(403)
  }
  expect(app.bodies).toHaveLength(before)
  expect(await isSignedIn(client)).toBe(true)
})

test.each([
  ['browsers of today', ['Sec-Purpose', 'prefetch;prerender']],
  ['Safari', ['Purpose', 'prefetch']],
  ['an old Firefox', ['X-Moz', 'prefetch']],
])('a page that is fetched ahead by %s ends nothing', async (_, said) => {
  const client = await signedIn()
  for (const mode of ['navigate', 'no-cors']) {
    const asked = ['Accept', '*/*', 'Sec-Fetch-Mode', mode, 'Sec-Fetch-Site', 'same-origin']
    const fields = [...asked, ...said]
    const sent = await client.request(url('/logout'), { fields })
    const page = await client.request(url(sent.headers.location!), { fields })
    expect(page.text).toContain('csrf_token')
    await client.request(url('/.postern/logout'), { fields })
  }
  expect(await isSignedIn(client)).toBe(true)
})

test('to ask what there is, by HEAD or OPTIONS, ends nothing', async () => {
  const client = await signedIn()
  for (const method of ['HEAD', 'OPTIONS']) {
    await client.request(url('/logout'), { method, fields: asNavigation })
  }
  expect(await isSignedIn(client)).toBe(true)
})

test('who is signed out here comes to the application’s own logout', async () => {
  const answer = await open(app.world.browser(), url('/logout'))
  expect(answer.text).toBe('the application: GET /logout')
})

test('without a page to end, a script’s call from elsewhere is told so', async () => {
  const client = await signedIn()
  const answer = await client.request(url('/logout'), { method: 'POST', fields: asScript })
  expect(problemOf(answer).code).toBe('origin_not_allowed')
  expect(app.world.logLines.filter(({ event }) => event === 'signed_out')).not.toHaveLength(0)
})

describe('while the issuer is away and the access token is over', () => {
  const clock = createTurnableClock()
  let away: FormWorld
  let client: HttpClient
  beforeEach(async () => {
    away = await startFormWorld({ clock, issuer: { accessTokenLifetime: 60 } })
    client = away.world.browser()
    expect((await away.post('login=alice&passwd=alice', { client })).status).toBe(303)
    await away.world.issuer.stop()
    clock.forward(61)
  })
  afterEach(() => away[Symbol.asyncDispose]())

  const signedOut = () => away.world.logLines.filter(({ event }) => event === 'signed_out')

  test('the link ends the session', async () => {
    const sent = await open(client, `${away.world.publicUrl}/logout`)
    expect(sent.status).toBe(302)
    await open(client, away.world.publicUrl + sent.headers.location!)
    expect(signedOut()).toHaveLength(1)
    expect(sessionCookiesOf(client)).toEqual([])
  })

  test('a form of the application ends it, and the application gets the form as from nobody', async () => {
    const fields = [...asScript, 'Origin', away.world.publicUrl, 'Sec-Fetch-Site', 'same-origin']
    const url = `${away.world.publicUrl}/logout`
    const answer = await client.request(url, { method: 'POST', fields, body: 'a=b' })
    expect(answer.text).toBe('the application: POST /logout')
    expect(fieldsSeenBy(lastSeen(away))['x-forwarded-user']).toBeUndefined()
    expect(signedOut()).toHaveLength(1)
    expect(sessionCookiesOf(client)).toEqual([])
  })
})

test('while Redis is away the link lets the browser forget the session, says so, and leads on when asked again', async () => {
  await using redis = await startRedis()
  await using away = await startFormWorld({
    sessions: {
      store: 'redis',
      keys: ['a-key-of-32-bytes-that-nobody-else-has-used'],
      redis: { url: redis.url, commandTimeout: '600ms' },
      nearCache: { maxSessions: 0 },
    },
  })
  const client = away.world.browser()
  await until(async () => {
    return (await away.post('login=alice&passwd=alice', { client })).status === 303
  }, 20_000)
  await redis.kill()
  const sent = await open(client, `${away.world.publicUrl}/logout`)
  const own = away.world.publicUrl + sent.headers.location!
  const told = await open(client, own)
  expect([sent.status, told.status]).toEqual([302, 503])
  expect(told.text).toContain('logout_incomplete')
  expect(sessionCookiesOf(client)).toEqual([])
  expect((await client.navigate(own)).text).toBe('the application: GET /logout')
}, 60_000)
