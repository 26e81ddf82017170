// An application that believes REMOTE_USER: Perl programs that Apache runs as CGI, unchanged.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpClient } from '../support/httpClient.ts'
import { startLegacyWorld, type LegacyWorld } from './legacyWorld.ts'

let world: LegacyWorld
beforeAll(async () => {
  world = await startLegacyWorld('timesheets')
})
afterAll(() => world[Symbol.asyncDispose]())

test.each([
  ['alice', 'Good day, <B>Alice Archer</B>! You are <TT>alice</TT>'],
  ['bob', 'Good day, <B>Bob Baker</B>! You are <TT>bob</TT>'],
])('%s signs in at the issuer, and the application greets them by name', async (who, greeting) => {
  const { page } = await world.signIn(who, '/cgi-bin/timesheets')
  expect(page.status).toBe(200)
  expect(page.text).toContain(greeting)
})

test('the application hears nothing of a request that nobody signed in for', async () => {
  await world.signIn('bob')
  const before = await world.app.requests()
  expect(before).toContain('GET /')
  const answer = await createHttpClient().request(`${world.publicUrl}/cgi-bin/timesheets`)
  expect(answer.status).toBe(401)
  expect(await world.app.requests()).toEqual(before)
})

test('a public page is for everybody, and tells the application about nobody', async () => {
  const { client } = await world.signIn('alice')
  for (const browser of [client, createHttpClient()]) {
    const page = await browser.navigate(`${world.publicUrl}/cgi-bin/holidays`)
    expect(page.text).toContain('Good day, nobody in particular')
  }
})

test('past the gateway, the application shows its time sheets to nobody', async () => {
  const answer = await createHttpClient().request(`${world.app.url}/cgi-bin/timesheets`)
  expect(answer.status).toBe(403)
})
