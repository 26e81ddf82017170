// Another site wants a person to be signed in as somebody else, or to try passwords through the person's browser.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpAnswer, HttpClient } from '../support/httpClient.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import type { World } from '../support/world.ts'
import { findSubject } from './signingIn.ts'

let world: World
beforeAll(async () => {
  world = await startPasswordWorld()
})
afterAll(() => world.stop())

const tokenOf = (form: HttpAnswer) => /name="csrf_token" value="([^"]+)"/.exec(form.text)![1]!

async function openForm(client: HttpClient): Promise<HttpAnswer> {
  return client.navigate(`${world.publicUrl}/.postern/sign-in?rd=/orders`)
}

interface Posting {
  readonly token?: string
  readonly fields?: readonly string[]
}

/** A right name and password, so that nothing but the protection keeps them out. */
function post(client: HttpClient, { token, fields = [] }: Posting): Promise<HttpAnswer> {
  const values = { username: 'alice', password: 'alice', ...(token && { csrf_token: token }) }
  return client.request(`${world.publicUrl}/.postern/sign-in?rd=/orders`, {
    method: 'POST',
    fields: ['Accept', 'text/html', 'Content-Type', 'application/x-www-form-urlencoded', ...fields],
    body: new URLSearchParams(values).toString(),
  })
}

async function expectNobody(client: HttpClient, asked: number): Promise<void> {
  expect(world.issuer.counts.token).toBe(asked)
  expect(await findSubject(world, client)).toBeUndefined()
}

test.each([
  ['another origin', ['Origin', 'https://evil.example']],
  ['another port of this host', ['Origin', 'http://localhost:1']],
  ['an origin in other letters', ['Origin', 'HTTP://LOCALHOST']],
  ['another site, as the browser says', ['Sec-Fetch-Site', 'cross-site']],
  ['a sibling subdomain, as the browser says', ['Sec-Fetch-Site', 'same-site']],
  ['no page at all, as the browser says', ['Sec-Fetch-Site', 'none']],
])('a form from %s signs nobody in, with everything else right', async (_, fields) => {
  const client = world.browser()
  const asked = world.issuer.counts.token
  const answer = await post(client, { token: tokenOf(await openForm(client)), fields })
  expect(answer.status).toBe(403)
  expect(answer.text).toContain('origin_not_allowed')
  await expectNobody(client, asked)
})

test('a form without the token of this browser signs nobody in', async () => {
  const [client, attacker] = [world.browser(), world.browser()]
  await openForm(client)
  const foreign = tokenOf(await openForm(attacker))
  const asked = world.issuer.counts.token
  for (const token of [undefined, foreign, '', `${foreign}A`]) {
    const answer = await post(client, token === undefined ? {} : { token })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('This page was open for too long')
  }
  await expectNobody(client, asked)
})

test('a token works in no browser that has not been shown the form', async () => {
  const client = world.browser()
  const asked = world.issuer.counts.token
  const answer = await post(client, { token: tokenOf(await openForm(world.browser())) })
  expect(answer.status).toBe(403)
  await expectNobody(client, asked)
})

test('a token of before a sign-in works for no other one', async () => {
  const client = world.browser()
  const token = tokenOf(await openForm(client))
  expect((await post(client, { token })).status).toBe(303)
  await client.request(`${world.publicUrl}/.postern/logout`)
  expect((await post(client, { token })).status).toBe(403)
})

test('whoever was shown the form in two tabs signs in from either', async () => {
  const client = world.browser()
  const token = tokenOf(await openForm(client))
  expect(tokenOf(await openForm(client))).toBe(token)
  expect((await post(client, { token })).status).toBe(303)
  expect(await findSubject(world, client)).toBe('alice')
})

test('a form that is shown to a browser that has had one works for as long as the first did', async () => {
  const client = world.browser()
  const [first, second] = [await openForm(client), await openForm(client)]
  const ageOf = ({ setCookies }: HttpAnswer) => /Max-Age=\d+/.exec(setCookies.join())?.[0]
  expect(ageOf(first)).toBe('Max-Age=3600')
  expect(ageOf(second)).toBe('Max-Age=3600')
})

test('the form that is shown again after it has expired works', async () => {
  const client = world.browser()
  const again = await post(client, {})
  expect((await post(client, { token: tokenOf(again) })).status).toBe(303)
})

test('an id from before the sign-in opens nothing afterwards', async () => {
  const [attacker, victim] = [world.browser(), world.browser()]
  await post(attacker, { token: tokenOf(await openForm(attacker)) })
  const planted = attacker.cookies.find('postern')!.value
  victim.cookies.store(world.publicUrl, [`postern=${planted}; Path=/`])
  const form = await openForm(victim)
  await victim.submitForm(form, { username: 'bob', password: 'bob' })
  expect(await findSubject(world, victim)).toBe('bob')
  expect(await findSubject(world, attacker)).toBeUndefined()
})
