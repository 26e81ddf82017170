// Another site that signs people in to an account of its own, through an application's sign-in form.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFormWorld, type FormWorld } from '../support/formWorld.ts'
import { sessionCookiesOf } from '../gateway/steps.ts'

let app: FormWorld
let own: string
beforeAll(async () => {
  app = await startFormWorld({ form: { success: { replay: {} } } })
  own = app.world.publicUrl
})
afterAll(() => app[Symbol.asyncDispose]())

const evil = 'https://evil.example'

test.each<[string, () => string[]]>([
  ['says so', () => ['Origin', evil, 'Sec-Fetch-Site', 'cross-site']],
  ['is a neighbour', () => ['Origin', own, 'Sec-Fetch-Site', 'same-site']],
  ['says so by its origin alone', () => ['Origin', evil]],
  ['says so by its site alone', () => ['Sec-Fetch-Site', 'cross-site']],
  ['hides its origin', () => ['Origin', 'null']],
  ['hides its origin, not its site', () => ['Origin', 'null', 'Sec-Fetch-Site', 'cross-site']],
  ['is another port of this host', () => ['Origin', `${own}0`]],
  ['is this host in another scheme', () => ['Origin', own.replace('http:', 'https:')]],
  ['names itself as the page', () => ['Referer', `${evil}/?${own}`]],
  ['begins like this host', () => ['Referer', `${own}.evil.example/`]],
  ['hides everything', () => []],
  ['hides its origin behind a page', () => ['Origin', 'null', 'Referer', `${own}/login`]],
])('a form of a site that %s signs nobody in, and nobody is asked', async (_, from) => {
  const client = app.world.browser()
  const { token } = app.world.issuer.counts
  const answer = await app.post('login=alice&passwd=alice', { client, from: from() })
  expect(answer.status).toBe(403)
  expect(sessionCookiesOf(client)).toEqual([])
  expect(app.world.issuer.counts.token).toBe(token)
  expect(app.bodies).toHaveLength(0)
})

test.each<[string, () => string[]]>([
  ['a page of today', () => ['Origin', own, 'Sec-Fetch-Site', 'same-origin']],
  ['a page that sends no referrer', () => ['Origin', 'null', 'Sec-Fetch-Site', 'same-origin']],
  ['a page over plain HTTP', () => ['Origin', own]],
  ['a browser of 2010', () => ['Referer', `${own}/login?x=1`]],
])('%s of the application signs people in', async (_, from) => {
  expect((await app.post('login=alice&passwd=alice', { from: from() })).status).toBe(200)
  app.bodies.length = 0
})
