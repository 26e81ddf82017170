// Whoever guesses secrets, or sends what no client would, gets nothing, learns nothing and costs the issuer little.

import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createStillClock, type TurnableClock } from '../support/clock.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { json, type Answer } from '../support/rogueAnswers.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, jsonOf, until } from '../gateway/steps.ts'

const right = 'the-right-secret-of-the-robot'

let rogue: RogueIssuer
let world: World
let clock: TurnableClock

beforeEach(async () => {
  rogue = await startRogueIssuer()
  rogue.tokenAnswer = { id_token: undefined, refresh_token: undefined, scope: 'read' }
  clock = createStillClock()
  world = await startWorld({
    clock,
    config: {
      providers: [{ id: 'machines', issuer: rogue.issuer, clientCredentials: {} }],
      listen: { maxFieldsSize: '1MiB' },
    },
    routes: [
      {
        match: { path: '/**' },
        authenticate: ['client-credentials'],
        clientCredentials: { scopes: ['read'] },
        upstream: 'app',
        identity: { preset: 'none', headers: { 'X-Client': 'client_id', 'X-Scope': 'scope' } },
      },
    ],
  })
  await until(
    async () => (await world.browser().request(`${world.adminUrl}/readyz`)).status === 200,
  )
})
afterEach(async () => {
  await world.stop()
  await rogue.stop()
})

const basic = (credentials: string | Uint8Array): string =>
  `Basic ${Buffer.from(credentials).toString('base64')}`

function call(authorization: string): Promise<HttpAnswer> {
  const fields = ['Authorization', authorization]
  return world.browser().request(`${world.publicUrl}/x`, { fields })
}

const bring = (id: string, secret: string): Promise<HttpAnswer> => call(basic(`${id}:${secret}`))

/** As an issuer that knows one client, and takes everybody else for a guesser. */
const asRealIssuer: Answer = (request, response) => {
  const [, secret] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
    .toString()
    .split(':')
  const isRight = decodeURIComponent(secret ?? '') === right
  const granted = { access_token: 'token-of-the-robot', token_type: 'Bearer', expires_in: 300 }
  const answer = isRight ? json(200, granted) : json(401, { error: 'invalid_client' })
  request.resume().on('end', () => answer(request, response))
}

test('a client that was disabled goes on for as long as its token is kept, and not a second longer', async () => {
  rogue.answers.token = asRealIssuer
  expect((await bring('robot', right)).status).toBe(200)
  rogue.answers.token = json(401, { error: 'invalid_client' })
  clock.forward(299)
  expect((await bring('robot', right)).status).toBe(200)
  world.upstream.requests.splice(0)
  clock.forward(1)
  const answer = await bring('robot', right)
  expect([answer.status, jsonOf(answer)['code']]).toEqual([401, 'invalid_client'])
  expect(world.upstream.requests).toEqual([])
})

describe('a flood', () => {
  test('of a thousand requests with one secret is one token request', async () => {
    const answers = await Promise.all(Array.from({ length: 1000 }, () => bring('robot', right)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(rogue.counts.token).toBe(1)
    expect(world.upstream.requests).toHaveLength(1000)
  }, 60_000)

  test('of wrong secrets for one client reaches the issuer five times, and lets the client in', async () => {
    rogue.answers.token = asRealIssuer
    expect((await bring('robot', right)).status).toBe(200)
    const before = rogue.counts.token
    const guesses = Array.from({ length: 300 }, (_, at) => bring('robot', `guess ${at}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(295)
    expect(rogue.counts.token).toBe(before + 5)
    expect(world.upstream.requests).toHaveLength(1)
    clock.forward(301)
    expect((await bring('robot', right)).status).toBe(200)
  }, 60_000)

  test('of wrong secrets for one client is no larger where its id is spelled in many ways', async () => {
    // Because an issuer whose database compares without case and outer space knows all of them.
    rogue.answers.token = asRealIssuer
    const ids = [
      'robot',
      'ROBOT',
      'Robot',
      'rObot',
      'roBot',
      'ｒobot',
      'robot ',
      'röbot',
      'r\u200bobot',
    ]
    const guesses = ids.map((id, at) => bring(id, `guess ${at}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(rogue.counts.token).toBe(5)
  })

  test('of one wrong secret reaches the issuer once', async () => {
    rogue.answers.token = asRealIssuer
    for (let time = 0; time < 50; time += 1)
      expect((await bring('robot', 'wrong')).status).toBe(401)
    expect(rogue.counts.token).toBe(1)
  })

  test('of made-up clients never keeps more than 64 calls underway, and those beyond the queue are 503', async () => {
    const opened = new EventEmitter().setMaxListeners(100)
    let underway = 0
    let most = 0
    rogue.answers.token = (request, response) => {
      underway += 1
      most = Math.max(most, underway)
      opened.once('open', () => {
        underway -= 1
        asRealIssuer(request, response)
      })
    }
    let refused = 0
    const guesses = Array.from({ length: 400 }, async (_, at) => {
      const answer = await bring(`client-${at}`, 'secret')
      if (answer.status === 503) refused += 1
      return answer
    })
    // Because 64 are asked, 256 wait, and the rest is sent away at once.
    await until(() => refused === 80 && underway === 64, 30_000)
    rogue.answers.token = asRealIssuer
    opened.emit('open')
    const answers = await Promise.all(guesses)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(320)
    for (const { status, headers } of answers) {
      if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(most).toBe(64)
    expect(world.upstream.requests).toEqual([])
  }, 60_000)
})

test('who has to wait is told how long, and not whether the guess was right', async () => {
  rogue.answers.token = asRealIssuer
  for (let time = 0; time < 5; time += 1) await bring('robot', `guess ${time}`)
  const answers = [await bring('robot', 'guess 5'), await bring('robot', right)]
  for (const answer of answers) {
    expect([answer.status, jsonOf(answer)['code']]).toEqual([429, 'too_many_attempts'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  }
  clock.forward(2)
  expect((await bring('robot', right)).status).toBe(200)
})

test.each([
  ['letters beyond ASCII', 'робот', 'пароль 密码 😀'],
  ['colons in the secret', 'robot', ':a::b:'],
  ['the signs of a form', 'a&client_id=root', 'b&scope=admin'],
  ['an escape that is none', '%', '%zz%00'],
])(
  '%s reach the issuer as they were sent, and the application encoded',
  async (_name, id, secret) => {
    const received: (string | undefined)[] = []
    const honest = json(200, { access_token: 'x', token_type: 'Bearer', expires_in: 9 })
    rogue.answers.token = (request, response) => {
      received.push(request.headers.authorization)
      request.resume().on('end', () => honest(request, response))
    }
    expect((await bring(id, secret)).status).toBe(200)
    const [field] = received
    const parts = Buffer.from(field?.slice(6) ?? '', 'base64')
      .toString('latin1')
      .split(':')
    expect(parts.map((part) => decodeURIComponent(part.replaceAll('+', ' ')))).toEqual([id, secret])
    const told = fieldsSeenBy(world.upstream.requests[0]!)['x-client'] ?? ''
    expect(decodeURIComponent(told)).toBe(id)
  },
)

test('what no client would send is 400, and the issuer never hears of it', async () => {
  const values = [
    'Basic',
    'Basic  ',
    'Basic ====',
    'Basic a',
    'Basic bTpz, Basic bTpz',
    basic('no colon'),
    basic(':secret'),
    basic('robot:'),
    basic('robot:a\u0000b'),
    basic('ro\r\nbot:secret'),
    basic(Buffer.from([0xff, 0x3a, 0xff])),
    basic(`robot:${'x'.repeat(500_000)}`),
    `Basic ${'='.repeat(500_000)}`,
  ]
  for (const value of values) {
    const answer = await call(value)
    expect([value.slice(0, 40), answer.status]).toEqual([value.slice(0, 40), 400])
    expect(jsonOf(answer)['code']).toBe('credentials_malformed')
  }
  expect(rogue.counts.token).toBe(0)
  expect(world.upstream.requests).toEqual([])
})

test('a megabyte of credentials is refused before anything reads it', async () => {
  expect((await call(basic('x'.repeat(1024 * 1024)))).status).toBe(431)
})

describe('what an issuer may say', () => {
  test('no scope that it does not name is taken for granted, though it was asked for', async () => {
    rogue.tokenAnswer = { ...rogue.tokenAnswer, scope: undefined }
    expect((await bring('robot', right)).status).toBe(200)
    expect(rogue.tokenRequests[0]!.form.get('scope')).toBe('read')
    expect(fieldsSeenBy(world.upstream.requests[0]!)).not.toHaveProperty('x-scope')
  })

  test.each([
    ['a token of another type', { token_type: 'DPoP' }],
    ['no token', { access_token: undefined }],
    ['a token that ends its field', { access_token: 'a\r\nX-Admin: 1' }],
  ])('%s is no answer: 503', async (_name, twist) => {
    rogue.tokenAnswer = { ...rogue.tokenAnswer, ...twist }
    expect((await bring('robot', right)).status).toBe(503)
    expect(world.upstream.requests).toEqual([])
  })

  test('a secret that it quotes stands in no log, no metric and no answer', async () => {
    rogue.answers.token = json(400, { error: right, error_description: right })
    const answer = await bring('robot', right)
    expect(answer.status).toBe(403)
    const metrics = await world.browser().request(`${world.adminUrl}/metrics`)
    await until(() => world.logText().includes('"refusal":"access_denied"'))
    for (const text of [answer.text, metrics.text, world.logText()]) {
      expect(text).not.toContain(right)
      expect(text).not.toContain(basic(`robot:${right}`).slice(6))
    }
  })
})
