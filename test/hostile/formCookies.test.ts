// Cookies that an application reads as fields of a form: PHP without `request_order` looks there first.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsSeenBy } from '../gateway/steps.ts'
import { lastSeen, startFormWorld, type FormWorld } from '../support/formWorld.ts'

let app: FormWorld
beforeAll(async () => {
  app = await startFormWorld({ form: { user: 'user_name', success: { replay: {} } } })
})
afterAll(() => app[Symbol.asyncDispose]())

async function cookiesSeen(...sent: readonly string[]): Promise<string | undefined> {
  const fields = sent.flatMap((cookies) => ['Cookie', cookies])
  expect((await app.post('user_name=alice&passwd=alice', { fields })).status).toBe(200)
  return fieldsSeenBy(lastSeen(app))['cookie']
}

test.each([
  'user_name=bob',
  'user.name=bob',
  'user_name[]=bob',
  'user[name=bob',
  'USER_NAME=bob',
  'us%65r_name=bob',
  '%20user_name=bob',
  'user_name%00x=bob',
  'user_name',
  ' \tuser_name = bob',
  'passwd=x',
  'passwd[a][b]=x',
])('the cookie %s never comes with a form that is replayed', async (cookie) => {
  expect(await cookiesSeen(`PHPSESSID=1; ${cookie}; a=b=c`)).toBe('PHPSESSID=1; a=b=c')
  expect(await cookiesSeen(cookie)).toBeUndefined()
  expect(await cookiesSeen(`${cookie}; x="1,2"`)).toBe('x="1,2"')
})

test('what is no field stays, and elsewhere every cookie does', async () => {
  const cookies = 'user=1; user_id=2; lang=de; last_user_name=alice; 用户=1'
  const bytes = Buffer.from(cookies).toString('latin1')
  expect(await cookiesSeen(bytes)).toBe(bytes)
  const client = app.world.browser()
  await client.request(`${app.world.publicUrl}/login`, { fields: ['Cookie', 'user_name=bob'] })
  expect(fieldsSeenBy(lastSeen(app))['cookie']).toBe('user_name=bob')
})

test('a second Content-Type in another spelling does not come with it', async () => {
  const fields = ['Content_Type', 'application/json', 'content.type', 'text/plain']
  expect((await app.post('user_name=alice&passwd=alice', { fields })).status).toBe(200)
  const names = lastSeen(app).rawHeaders.filter((_, at) => at % 2 === 0)
  expect(names.filter((name) => /content.type/i.test(name))).toEqual(['Content-Type'])
})
