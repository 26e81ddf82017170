// What was typed as a password stands nowhere afterwards: not in the log at its most talkative, not in Redis, not in
// metrics, answers or requests to the application; not even where the issuer quotes it back.

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPasswordWorld } from '../support/passwordWorld.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { hangUp, html, json, type Answer } from '../support/rogueAnswers.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import type { World } from '../support/world.ts'
import { createSecrets, readMetrics } from './secrets.ts'

const secrets = createSecrets()
const answers: string[] = []
let redis: RedisServer
let rogue: RogueIssuer
let upstream: Upstream
let world: World

beforeAll(async () => {
  redis = await startRedis()
  rogue = await startRogueIssuer()
  upstream = await startUpstream()
  world = await startPasswordWorld({
    upstream,
    provider: { issuer: rogue.issuer },
    sessions: {
      store: 'redis',
      redis: { url: redis.url },
      keys: ['a-key-of-32-bytes-that-nobody-else-has-used'],
    },
    config: { throttling: { answerTime: '0s', address: { failures: 1000 } } },
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.close()
  await rogue.stop()
  await redis.stop()
})

/** Signs in with a password that nobody has had before; the status of what came of it. */
async function signIn(change: Readonly<Record<string, string>> = {}): Promise<number> {
  const password = `${randomBytes(16).toString('base64url')} "'&%\\ü密🔑`
  secrets.add('password', password, password.slice(0, 22))
  const client = world.browser()
  const form = await client.navigate(`${world.publicUrl}/orders`)
  const values = { username: `person-${secrets.kinds.get('password')!.size}`, password, ...change }
  const answer = await client.submitForm(form, values)
  answers.push(answer.text, JSON.stringify(answer.rawHeaders))
  await client.request(`${world.publicUrl}/orders`)
  return answer.status
}

async function expectNowhere(): Promise<void> {
  const keys = await redis.client.keys('*')
  const dump = await Promise.all(keys.map((key) => redis.client.dump(key)))
  const seen = upstream.requests.map(({ url, rawHeaders }) => JSON.stringify([url, rawHeaders]))
  const places = {
    log: world.logText(),
    metrics: await readMetrics(world),
    answers: answers.join('\n'),
    redis: [...keys, ...dump].join('\n'),
    upstream: seen.join('\n'),
  }
  for (const [place, text] of Object.entries(places)) {
    expect(secrets.findIn(text), place).toEqual([])
  }
}

/** Says back whatever it was sent, in every part of an answer. */
function quoting(status: number, error: string): Answer {
  return (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const form = Buffer.concat(chunks).toString()
      const password = new URLSearchParams(form).get('password') ?? ''
      response.writeHead(status, { 'Content-Type': 'application/json', 'X-Echo': encodeURI(form) })
      response.end(
        JSON.stringify({
          error: error === '' ? password : error,
          error_description: `the password ${password} is wrong`,
          message: password,
          [password]: form,
        }),
      )
    })
  }
}

test('a sign-in that succeeds', async () => {
  expect(await signIn()).toBe(200)
  expect(rogue.tokenRequests.at(-1)!.form.get('password')).toMatch(/ü密🔑$/)
  await expectNowhere()
})

test.each<[string, Answer, number]>([
  ['says that it is wrong, and quotes it', quoting(400, 'invalid_grant'), 401],
  ['quotes it as the error code', quoting(400, ''), 401],
  ['quotes it as a fault of the client', quoting(400, 'invalid_request'), 403],
  ['quotes it as tokens that are none', quoting(200, 'x'), 401],
  ['quotes it with a fault of its own', quoting(500, 'server_error'), 503],
  ['has had too much, and quotes it', quoting(429, 'slow_down'), 429],
  ['answers a page', html(200), 503],
  ['answers a page that says no', html(403), 401],
  ['hangs up', hangUp, 503],
  ['answers an access token and nothing about a person', json(200, { access_token: 'x' }), 403],
])('an issuer that %s', async (_, answer, status) => {
  rogue.answers.token = answer
  expect(await signIn()).toBe(status)
  delete rogue.answers.token
  await expectNowhere()
})

test('an ID Token that is refused', async () => {
  rogue.idToken = { claims: { aud: 'another' } }
  expect(await signIn()).toBe(403)
  rogue.idToken = {}
  await expectNowhere()
})

test('a password typed in place of the user name', async () => {
  rogue.answers.token = json(400, { error: 'invalid_grant' })
  const typed = randomBytes(16).toString('base64url')
  expect(await signIn({ username: typed })).toBe(401)
  delete rogue.answers.token
  // Because the form says it again to the person who typed it, the answers are left out here.
  const secret = createSecrets()
  secret.add('typed as a name', typed)
  expect(secret.findIn(world.logText() + (await readMetrics(world)))).toEqual([])
})

test('Redis away, and an account that is locked', async () => {
  await redis.kill()
  expect(await signIn()).toBe(503)
  rogue.answers.token = json(400, { error: 'invalid_grant' })
  for (let at = 0; at < 11; at += 1) await signIn({ username: 'grace' })
  expect(await signIn({ username: 'grace' })).toBe(429)
  delete rogue.answers.token
  await redis.restart()
  await expectNowhere()
})

test('a search would have found it, and what happened was written down', () => {
  const events = world.logLines.map(({ event }) => event)
  expect(events).toEqual(
    expect.arrayContaining(['sign_in_succeeded', 'sign_in_failed', 'account_locked']),
  )
  const account = world.logLines.find(({ event }) => event === 'account_locked')!['account']
  if (typeof account !== 'string') throw new Error('a lock without an account')
  secrets.add('probe', account)
  expect(secrets.findIn(world.logText())).toEqual([`probe: ${account}`])
})
