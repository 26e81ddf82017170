// Old programs that send a person's user name and password by HTTP Basic with every request.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import type { World } from '../support/world.ts'
import { asNavigation, fieldsSeenBy, problemOf } from './steps.ts'

let world: World
let clock: TurnableClock

beforeEach(async () => {
  clock = createTurnableClock()
  world = await startPasswordWorld({
    clock,
    issuer: { accessTokenLifetime: 120 },
    routes: [
      { match: { path: '/**' }, authenticate: ['basic-password'], upstream: 'app' },
      {
        match: { path: '/both/**' },
        authenticate: ['session', 'basic-password'],
        upstream: 'app',
      },
      {
        match: { path: '/admin/**' },
        authenticate: ['basic-password'],
        require: { groups: ['admins'] },
        upstream: 'app',
      },
    ],
    config: { throttling: { answerTime: '0s', account: { failures: 3 } } },
  })
})
afterEach(() => world.stop())

function basic(credentials: string | Buffer): string[] {
  return ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]
}

function call(
  credentials: string | Buffer,
  path = '/orders',
  fields: readonly string[] = [],
  method = 'GET',
): Promise<HttpAnswer> {
  const all = [...basic(credentials), ...fields]
  return world.browser().request(world.publicUrl + path, { fields: all, method })
}

test('the right password passes, as the person whose it is, and goes no further', async () => {
  expect((await call('alice:alice')).status).toBe(200)
  const seen = fieldsSeenBy(world.upstream.requests.at(-1)!)
  expect(seen['x-forwarded-user']).toBe('alice')
  expect(seen['x-forwarded-groups']).toBe('staff,admins')
  expect(seen['authorization']).toBeUndefined()
})

test('no session is opened, and nothing is set', async () => {
  expect((await call('alice:alice')).setCookies).toEqual([])
})

test('many requests, at once and one after another, ask the issuer once', async () => {
  const { token } = world.issuer.counts
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('alice:alice')))
  answers.push(await call('alice:alice'))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(world.issuer.counts.token).toBe(token + 1)
})

test('no access for later is asked for, since nobody would use it and no logout would end it', async () => {
  const scopes: (string | undefined)[] = []
  world.issuer.provider.on('access_token.saved', ({ scope }) => scopes.push(scope))
  expect((await call('alice:alice')).status).toBe(200)
  expect(scopes).toEqual(['openid profile email groups'])
})

test('what is remembered ends with the access token', async () => {
  await call('alice:alice')
  const { token } = world.issuer.counts
  clock.forward(119)
  await call('alice:alice')
  expect(world.issuer.counts.token).toBe(token)
  clock.forward(2)
  await call('alice:alice')
  expect(world.issuer.counts.token).toBe(token + 1)
})

test('a program that repeats a wrong password asks once, and does not lock the account', async () => {
  const { token } = world.issuer.counts
  for (let at = 0; at < 10; at += 1) {
    const answer = await call('bob:wrong')
    expect(answer.status).toBe(401)
    expect(problemOf(answer).code).toBe('invalid_credentials')
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="[^"]+", charset="UTF-8"$/)
  }
  expect(world.issuer.counts.token).toBe(token + 1)
  expect((await call('bob:bob')).status).toBe(200)
  clock.forward(61)
  await call('bob:wrong')
  expect(world.issuer.counts.token).toBe(token + 3)
})

test('guesses are counted with those of every form, and the issuer is not asked for more', async () => {
  const { token } = world.issuer.counts
  const statuses: number[] = []
  for (let at = 0; at < 8; at += 1) statuses.push((await call(`Carol:guess-${at}`)).status)
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429, 429, 429])
  const refused = await call('CAROL:another')
  expect(problemOf(refused).code).toBe('too_many_attempts')
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(world.issuer.counts.token).toBe(token + 3)
})

test('who guesses keeps no program out whose password is right, and a password that was changed is a guess again', async () => {
  expect((await call('alice:alice')).status).toBe(200)
  clock.forward(121)
  for (let at = 0; at < 5; at += 1) await call(`alice:guess-${at}`)
  expect((await call('alice:another')).status).toBe(429)
  expect((await call('alice:alice')).status).toBe(200)
  expect((await call('bob:bob')).status).toBe(200)

  clock.forward(121)
  world.issuer.accounts.get('alice')!.password = 'changed'
  const { token } = world.issuer.counts
  expect((await call('alice:alice')).status).toBe(401)
  clock.forward(61)
  expect((await call('alice:alice')).status).toBe(429)
  expect(world.issuer.counts.token).toBe(token + 1)
  world.issuer.accounts.get('alice')!.password = 'alice'
})

test('a right that is missing is a 403, also for what is remembered', async () => {
  await call('bob:bob')
  expect((await call('bob:bob', '/admin/x')).status).toBe(403)
  expect((await call('alice:alice', '/admin/x')).status).toBe(200)
})

test('without a password a program is asked for one, and a browser is sent to sign in where it can', async () => {
  const answer = await world.browser().request(`${world.publicUrl}/orders`)
  expect(answer.status).toBe(401)
  expect(problemOf(answer).code).toBe('password_required')
  expect(answer.headers['www-authenticate']).toMatch(/^Basic /)
  const both = await world.browser().request(`${world.publicUrl}/both/x`, { fields: asNavigation })
  expect(both.status).toBe(302)
  expect((await call('alice:alice', '/both/x')).status).toBe(200)
  expect((await call('alice:wrong', '/both/x')).status).toBe(401)
})

test.each([
  ['no colon', 'alice'],
  ['no name', ':alice'],
  ['no password', 'alice:'],
  ['bytes that are not UTF-8', Buffer.from([0x61, 0x3a, 0xff])],
  ['a control character', 'alice:a\0b'],
])('credentials with %s are refused, and the issuer is not asked', async (_, credentials) => {
  const { token } = world.issuer.counts
  const answer = await call(credentials)
  expect(answer.status).toBe(400)
  expect(problemOf(answer).code).toBe('credentials_malformed')
  expect(world.issuer.counts.token).toBe(token)
})

test('a password with colons and characters of four bytes arrives as it is', async () => {
  world.issuer.accounts.get('bob')!.password = 'a:b: 🔑密'
  const { status } = await call('bob:a:b: 🔑密')
  world.issuer.accounts.get('bob')!.password = 'bob'
  expect(status).toBe(200)
})

describe('a browser that remembers the password', () => {
  const cases: [string, string[], number][] = [
    ['another site', ['Origin', 'https://evil.example', 'Sec-Fetch-Site', 'cross-site'], 403],
    ['a site that hides itself', ['Origin', 'null'], 403],
    ['a neighbour', ['Sec-Fetch-Site', 'same-site'], 403],
    ['nobody', ['Sec-Fetch-Site', 'same-origin'], 200],
  ]
  test.each(cases)('sends nothing for %s', async (_, fields, status) => {
    expect((await call('alice:alice', '/orders', fields, 'POST')).status).toBe(status)
  })
})

test('an issuer that is down is a 503, and is asked again', async () => {
  await call('alice:alice')
  clock.forward(121)
  await world.issuer.stop()
  expect(problemOf(await call('alice:alice')).code).toBe('issuer_unavailable')
  await world.issuer.restart()
  expect((await call('alice:alice')).status).toBe(200)
})

test('the password stands in no log, and each asking is written down', async () => {
  await call('alice:alice')
  for (let at = 0; at < 4; at += 1) await call(`bob:guess-${at}`)
  expect(world.logText()).not.toContain(Buffer.from('alice:alice').toString('base64'))
  expect(world.logText()).not.toContain('guess-')
  const events = world.logLines.map(({ event }) => event)
  expect(events).toEqual(
    expect.arrayContaining(['sign_in_succeeded', 'sign_in_failed', 'account_locked']),
  )
})
