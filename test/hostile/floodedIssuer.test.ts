// Strangers who keep the issuer busy with tokens and secrets that they make up, while a caller who was let in before
// has to be asked about again: its call comes first, and is never among those that are sent away.

import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { jsonOf, until } from '../gateway/steps.ts'
import { rogueApi } from '../support/accessTokens.ts'
import { createStillClock, type TurnableClock } from '../support/clock.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { json, type Answer } from '../support/rogueAnswers.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'

const strangers = 400
const mostUnderway = 64
const mostWaiting = 256

let rogue: RogueIssuer
let world: World
let clock: TurnableClock

beforeEach(async () => {
  rogue = await startRogueIssuer()
  clock = createStillClock()
  const client = { clientId: 'postern', clientSecret: 'secret', signIn: false }
  const introspection = { cacheTime: '0s', negativeCacheTime: '0s', timeout: '1m' }
  world = await startWorld({
    clock,
    config: {
      providers: [
        {
          id: 'asked',
          issuer: rogue.issuer,
          ...client,
          bearer: { validation: 'introspection', audiences: [rogueApi], introspection },
        },
        { id: 'machines', issuer: rogue.issuer, clientCredentials: { timeout: '1m' } },
      ],
    },
    routes: [
      {
        match: { path: '/token' },
        authenticate: ['bearer'],
        providers: ['asked'],
        upstream: 'app',
      },
      {
        match: { path: '/secret' },
        authenticate: ['client-credentials'],
        providers: ['machines'],
        upstream: 'app',
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

type Call = (who: string) => Promise<HttpAnswer>

const bringToken: Call = (token) =>
  world.browser().request(`${world.publicUrl}/token`, {
    fields: ['Authorization', `Bearer ${token}`],
  })

const bringSecret: Call = (id) =>
  world.browser().request(`${world.publicUrl}/secret`, {
    fields: ['Authorization', `Basic ${Buffer.from(`${id}:secret`).toString('base64')}`],
  })

/** What the issuer says of `regular`, and of anybody else. */
const ofTokens = (): Answer =>
  byBody('token=regular', {
    yes: json(200, {
      active: true,
      sub: 'robot',
      client_id: 'robot',
      aud: rogueApi,
      exp: clock.now() + 9000,
      token_type: 'Bearer',
    }),
    no: json(200, { active: false }),
  })

const ofSecrets: Answer = (request, response) => {
  const named = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString()
  const answer = named.startsWith('regular:')
    ? json(200, { access_token: 'x', token_type: 'Bearer', expires_in: 300 })
    : json(401, { error: 'invalid_client' })
  request.resume().on('end', () => answer(request, response))
}

function byBody(part: string, { yes, no }: { yes: Answer; no: Answer }): Answer {
  return (request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => (body.includes(part) ? yes : no)(request, response))
  }
}

interface Issuer {
  readonly endpoint: 'introspection' | 'token'
  readonly answer: () => Answer
  readonly call: Call
}

const issuers: readonly [string, Issuer][] = [
  [
    'with made-up tokens',
    { endpoint: 'introspection', answer: () => ofTokens(), call: (who) => bringToken(who) },
  ],
  [
    'with made-up clients',
    { endpoint: 'token', answer: () => ofSecrets, call: (who) => bringSecret(who) },
  ],
]

describe.each(issuers)('a flood %s', (_name, { endpoint, answer, call }) => {
  test('does not shut out who was let in before', async () => {
    const opened = new EventEmitter().setMaxListeners(200)
    const honest = answer()
    rogue.answers[endpoint] = honest
    expect((await call('regular')).status).toBe(200)
    clock.forward(301)

    let underway = 0
    let most = 0
    rogue.answers[endpoint] = (request, response) => {
      underway += 1
      most = Math.max(most, underway)
      opened.once('open', () => {
        underway -= 1
        honest(request, response)
      })
    }
    const sentAway: string[] = []
    const answered: string[] = []
    const ask = async (who: string): Promise<HttpAnswer> => {
      const got = await call(who)
      const list = got.status === 503 ? sentAway : answered
      list.push(who)
      return got
    }
    const flood = Array.from({ length: strangers }, (_, at) => ask(`stranger-${at}`))
    const beyond = strangers - mostUnderway - mostWaiting
    await until(() => sentAway.length === beyond && underway === mostUnderway, 30_000)

    const regular = ask('regular')
    const late = await ask('stranger-late')
    expect([late.status, jsonOf(late)['code']]).toEqual([503, 'issuer_unavailable'])
    expect(sentAway).not.toContain('regular')

    rogue.answers[endpoint] = honest
    opened.emit('open')
    expect((await regular).status).toBe(200)
    await Promise.all(flood)
    expect(most).toBe(mostUnderway)
    expect(world.upstream.requests).toHaveLength(2)
  }, 60_000)
})
