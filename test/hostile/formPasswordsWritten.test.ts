// What was typed into an application's own sign-in form stands nowhere afterwards: not in what the application got, not
// in the log at its most talkative, not in Redis, metrics or answers; not even where the issuer quotes it back.

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFormWorld, urlencoded, type FormWorld } from '../support/formWorld.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { hangUp, json, type Answer } from '../support/rogueAnswers.ts'
import { createSecrets, readMetrics } from './secrets.ts'

const secrets = createSecrets()
const answers: string[] = []
let redis: RedisServer
let rogue: RogueIssuer
const apps: FormWorld[] = []

beforeAll(async () => {
  redis = await startRedis()
  rogue = await startRogueIssuer()
  for (const replay of [undefined, {}, { password: 'dummy', user: 'sub' }]) {
    apps.push(
      await startFormWorld({
        form: { success: replay === undefined ? {} : { replay } },
        provider: { issuer: rogue.issuer },
        sessions: {
          store: 'redis',
          redis: { url: redis.url },
          keys: ['a-key-of-32-bytes-that-nobody-else-has-used'],
        },
        config: { throttling: { answerTime: '0s', address: { failures: 1000 } } },
      }),
    )
  }
})
afterAll(async () => {
  for (const app of apps) await app[Symbol.asyncDispose]()
  await rogue.stop()
  await redis.stop()
})

const boundary = 'xXxBoundaryxXx'

const toForms = (login: string, passwd: string): [type: string, body: string][] => [
  [urlencoded, new URLSearchParams({ a: '1', login, passwd }).toString()],
  ['application/json', JSON.stringify({ login, passwd })],
  [
    `multipart/form-data; boundary=${boundary}`,
    `--${boundary}\r\nContent-Disposition: form-data; name="login"\r\n\r\n${login}\r\n--${boundary}\r\nContent-Disposition: form-data; name="passwd"\r\n\r\n${passwd}\r\n--${boundary}--`,
  ],
]

/** Every kind of form to every application, each with a password that nobody has had before. */
async function signIn(): Promise<number[]> {
  const statuses: number[] = []
  for (const app of apps) {
    for (const at of [0, 1, 2]) {
      const password = `${randomBytes(16).toString('base64url')} "'&%\\ü密🔑`
      secrets.add('password', password, password.slice(0, 22))
      const login = `person-${secrets.kinds.get('password')!.size}`
      const [type, body] = toForms(login, password)[at]!
      const answer = await app.post(body, { type })
      answers.push(answer.text, JSON.stringify(answer.rawHeaders))
      statuses.push(answer.status)
    }
  }
  return statuses
}

async function expectNowhere(): Promise<void> {
  const keys = await redis.client.keys('*')
  const dump = await Promise.all(keys.map((key) => redis.client.dump(key)))
  const metrics = await Promise.all(apps.map(({ world }) => readMetrics(world)))
  const seen = apps.flatMap(({ world, bodies }) => [
    ...bodies.map((body) => body.toString()),
    ...world.upstream.requests.map(({ url, rawHeaders }) => JSON.stringify([url, rawHeaders])),
  ])
  const places = {
    log: apps.map(({ world }) => world.logText()).join(''),
    metrics: metrics.join('\n'),
    answers: answers.join('\n'),
    redis: [...keys, ...dump].join('\n'),
    upstream: seen.join('\n'),
  }
  for (const [place, text] of Object.entries(places)) {
    expect(secrets.findIn(text), place).toEqual([])
  }
}

const quoting: Answer = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const password = new URLSearchParams(Buffer.concat(chunks).toString()).get('password')
    response.writeHead(400, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error: 'invalid_grant', error_description: password }))
  })
}

test('a sign-in that succeeds, in every kind of form', async () => {
  expect(await signIn()).toEqual([303, 303, 303, 200, 200, 200, 200, 200, 200])
  expect(rogue.tokenRequests.at(-1)!.form.get('password')).toMatch(/ü密🔑$/)
  expect(apps[2]!.bodies.map((body) => body.includes('dummy'))).toEqual([true, true, true])
  await expectNowhere()
})

test.each<[string, Answer, number]>([
  ['says that it is wrong, and quotes it', quoting, 401],
  ['hangs up', hangUp, 503],
  ['answers an access token and nothing about a person', json(200, { access_token: 'x' }), 403],
])('an issuer that %s', async (_, answer, status) => {
  const before = apps.map(({ bodies }) => bodies.length)
  rogue.answers.token = answer
  expect(new Set(await signIn())).toEqual(new Set([status]))
  delete rogue.answers.token
  expect(apps.map(({ bodies }) => bodies.length)).toEqual(before)
  await expectNowhere()
})

test('a form that cannot be read, with a password in it', async () => {
  const password = randomBytes(16).toString('base64url')
  secrets.add('password', password)
  for (const app of apps) {
    for (const body of [`passwd=${password}&passwd=${password}&login=a`, `passwd=${password}%`]) {
      const answer = await app.post(body)
      answers.push(answer.text)
      expect(answer.status).toBe(400)
    }
  }
  await expectNowhere()
})

test('Redis away', async () => {
  await redis.kill()
  expect(new Set(await signIn())).toEqual(new Set([503]))
  await redis.restart()
  await expectNowhere()
})

test('a search would have found it', () => {
  const log = apps.map(({ world }) => world.logText()).join('')
  const [probe = 'none'] = /sign_in_failed.{20}/.exec(log) ?? []
  secrets.add('probe', probe)
  expect(secrets.findIn(log)).toEqual([`probe: ${probe}`])
})
