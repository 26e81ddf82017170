// What an auditor finds in the log: who signed in, who failed to, which account was locked, who signed out.

import { describe, expect, test } from 'vitest'
import { startFormWorld, type FormWorld } from '../support/formWorld.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import { startWorld, type World } from '../support/world.ts'
import { open } from './steps.ts'

function eventsOf({ logLines }: World): Readonly<Record<string, unknown>>[] {
  return logLines.filter(({ event }) => event !== undefined)
}

test('sign-ins by password, and what became of them', async () => {
  const throttling = { account: { failures: 2 }, answerTime: '0s' }
  await using world = await startPasswordWorld({ config: { throttling } })
  const client = world.browser()
  let form = await client.navigate(`${world.publicUrl}/`)
  for (const password of ['wrong', 'wrong', 'alice']) {
    form = await client.submitForm(form, { username: ' Alice', password })
  }
  await client.submitForm(form, { username: 'bob', password: 'bob' })
  await open(client, `${world.publicUrl}/.postern/logout`)
  const events = eventsOf(world)
  expect(events.map(({ event, reason }) => [event, reason])).toEqual([
    ['sign_in_failed', 'wrong_credentials'],
    ['sign_in_failed', 'wrong_credentials'],
    ['account_locked', undefined],
    ['sign_in_failed', 'throttled'],
    ['sign_in_succeeded', undefined],
    ['signed_out', undefined],
  ])
  const [failed, , locked, , succeeded, signedOut] = events
  expect(failed).toMatchObject({ way: 'password', provider: 'test', client: '127.0.0.1' })
  expect(failed!['account']).toMatch(/^[\w-]{32}$/)
  expect(locked!['account']).toBe(failed!['account'])
  expect(succeeded!['account']).not.toBe(failed!['account'])
  expect(succeeded).toMatchObject({ principal: 'bob' })
  expect(signedOut).toMatchObject({ principal: 'bob', provider: 'test' })
  expect(signedOut!['session']).toBe(succeeded!['session'])
  const line = world.logLines.find(({ id, msg }) => msg === 'request' && id === failed!['id'])
  expect(line).toMatchObject({ status: 401, route: '/.postern/sign-in' })
})

test('sign-ins at the issuer', async () => {
  await using world = await startWorld()
  const { client } = await world.signIn()
  const started = await open(world.browser(), `${world.publicUrl}/`)
  expect(started.status).toBe(302)
  await open(client, `${world.publicUrl}/.postern/logout`)
  expect(eventsOf(world)).toMatchObject([
    { event: 'sign_in_succeeded', way: 'code', provider: 'test', principal: 'alice' },
    { event: 'signed_out', principal: 'alice' },
  ])
})

describe('who is led back to the form of the application, and why is the operator’s to mend', () => {
  const form = { failure: { redirect: '/login' } }

  async function lineOf(app: FormWorld) {
    const answer = await app.post('login=alice&passwd=alice')
    expect(answer.headers.location).toMatch(/^\/login\?/)
    return eventsOf(app.world).find(({ event }) => event === 'sign_in_failed')
  }

  test('a wrong client secret is a warning that names the settings', async () => {
    await using app = await startFormWorld({ form, provider: { clientSecret: 'not-the-secret' } })
    expect(await lineOf(app)).toMatchObject({
      level: 40,
      reason: 'misconfigured',
      detail: expect.stringContaining('check clientId, clientSecret'),
    })
  })

  test('a client without the password grant is a warning that says so', async () => {
    await using app = await startFormWorld({ form, issuer: { passwordGrant: false } })
    expect(await lineOf(app)).toMatchObject({
      level: 40,
      reason: 'misconfigured',
      detail: expect.stringContaining('the password grant'),
    })
  })

  test('an issuer that is away is an error', async () => {
    await using app = await startFormWorld({ form })
    await app.world.issuer[Symbol.asyncDispose]()
    expect(await lineOf(app)).toMatchObject({ level: 50, reason: 'unavailable' })
    const { text } = await app.world.browser().request(`${app.world.adminUrl}/metrics`)
    expect(text).toContain(
      'postern_password_sign_ins_total{provider="test",outcome="unavailable"} 1',
    )
  })
})
