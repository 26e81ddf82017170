// An application's own logout link: the session here, the issuer's and the application's all end.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastSeen, startFormWorld, type FormWorld } from '../support/formWorld.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { asNavigation, asScript, fieldsSeenBy, open, problemOf } from './steps.ts'

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

test('a page that is fetched ahead, or asked for by HEAD, ends nothing', async () => {
  const client = await signedIn()
  const ahead = [...asNavigation, 'Sec-Purpose', 'prefetch', 'Sec-Fetch-Site', 'same-origin']
  const sent = await client.request(url('/logout'), { fields: ahead })
  await client.request(url(sent.headers.location!), { fields: ahead })
  await client.request(url('/logout'), { method: 'HEAD', fields: asNavigation })
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
