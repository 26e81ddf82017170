// An application that knows nothing but HTTP Basic: Apache with a file of accounts, unchanged.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpClient } from '../support/httpClient.ts'
import { appPassword } from './legacyApp.ts'
import { readGatewayLog, startLegacyWorld, type LegacyWorld } from './legacyWorld.ts'

let world: LegacyWorld
beforeAll(async () => {
  world = await startLegacyWorld('pricelist')
})
afterAll(() => world[Symbol.asyncDispose]())

const toBasic = (login: string, password: string) =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`

test.each(['alice', 'bob'])(
  '%s signs in at the issuer, and is served as that account',
  async (who) => {
    const { page } = await world.signIn(who)
    expect(page.status).toBe(200)
    expect(page.text).toContain(`Prepared for <B>${who}</B>`)
    expect(await world.app.received()).toContain(`Authorization: ${toBasic(who, appPassword)}`)
  },
)

test('the password of the accounts is one that the gateway knows, and no browser is told', async () => {
  const past = (password: string) =>
    createHttpClient().request(`${world.app.url}/`, {
      fields: ['Authorization', toBasic('alice', password)],
    })
  expect((await past('alice')).status).toBe(401)
  expect((await past(appPassword)).status).toBe(200)
  const { page } = await world.signIn('alice', '/cgi-bin/printenv')
  expect(page.text).toContain('REMOTE_USER=alice')
  expect(page.rawHeaders.join('\n') + page.text).not.toContain(appPassword)
  expect(await readGatewayLog(world)).not.toContain(appPassword)
})

test('who has no account there is told so, and no browser asks for a password', async () => {
  world.issuer.accounts.get('bob')!.claims['preferred_username'] = 'robert'
  const { page } = await world.signIn('bob')
  world.issuer.accounts.get('bob')!.claims['preferred_username'] = 'bob'
  expect(page.status).toBe(401)
  expect(page.headers).not.toHaveProperty('www-authenticate')
})

test('a password that a caller brings itself is asked nowhere', async () => {
  const answer = await createHttpClient().request(`${world.publicUrl}/`, {
    fields: ['Authorization', toBasic('alice', appPassword)],
  })
  expect(answer.status).toBe(401)
  expect(answer.headers['www-authenticate']).not.toMatch(/^Basic/)
})
