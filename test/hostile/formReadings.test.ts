// Forms of which the application would read another user name, or another password field, than was judged here.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFormWorld, urlencoded, type FormWorld } from '../support/formWorld.ts'

let app: FormWorld
beforeAll(async () => {
  app = await startFormWorld({
    form: { user: 'user_name', success: { replay: { password: 'dummy' } } },
  })
})
afterAll(() => app[Symbol.asyncDispose]())

const multipart = (boundary: string) => `multipart/form-data; boundary=${boundary}`
const part = (name: string, value: string) =>
  `--bar\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const head = (name: string) => `Content-Disposition: form-data; name="${name}"`
const good = part('user_name', 'alice') + part('passwd', 'alice')

test.each<[string, string, string]>([
  [
    'a boundary behind a bare line feed in a value',
    multipart('bar'),
    `${good}${part('x', `1\n--bar\r\n${head('user_name')}\r\n\r\nbob`)}--bar--`,
  ],
  [
    'a boundary that swallows the head of the password',
    multipart('bar'),
    `${part('user_name', 'alice')}${part('x', `1\n--bar\n${head('comment')}\n`)}${part('passwd', 'alice')}--bar--`,
  ],
  [
    'a boundary in the middle of a line',
    multipart('bar'),
    `${good}${part('x', 'a--bar--')}--bar--`,
  ],
  [
    'a second boundary under another name',
    `multipart/form-data; xboundary=b; boundary=bar`,
    `${good}--bar--`,
  ],
  [
    'a boundary in another parameter',
    `multipart/form-data; x="boundary=b"; boundary=bar`,
    `${good}--bar--`,
  ],
  ['a bracket that is not closed', urlencoded, 'user_name=alice&passwd=alice&user[name=bob'],
])('%s signs nobody in, and the application gets nothing', async (_, type, body) => {
  const before = app.world.issuer.counts.token
  const answer = await app.post(body, { type })
  expect([400, 415]).toContain(answer.status)
  expect(app.bodies).toHaveLength(0)
  expect(app.world.issuer.counts.token).toBe(before)
})

test.each(['?a=1;user_name=bob', '?%u0075ser_name=bob', '?user[name=bob', '?a=%zz'])(
  'an address with the query %s signs nobody in',
  async (query) => {
    const answer = await app.post('user_name=alice&passwd=alice', { path: `/login${query}` })
    expect(answer.status).toBe(400)
    expect(app.bodies).toHaveLength(0)
  },
)

test('the same form without a trick signs in', async () => {
  expect((await app.post(`${good}--bar--`, { type: multipart('bar') })).status).toBe(200)
  expect(app.bodies.join()).not.toContain('\r\nalice\r\n--bar--')
  app.bodies.length = 0
})
