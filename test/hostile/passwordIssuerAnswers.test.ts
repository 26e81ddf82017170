// An issuer that answers a password in every odd way there is, asked through each way in: nobody is signed in, nothing
// reaches the application, and an unknown name looks like a wrong password.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sessionCookiesOf } from '../gateway/steps.ts'
import { startFormWorld, type FormWorld } from '../support/formWorld.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { empty, hangUp, html, huge, json, redirect, type Answer } from '../support/rogueAnswers.ts'
import { leaveUnsigned, startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'

const typed = 'correct horse battery staple'

let rogue: RogueIssuer
let app: FormWorld
beforeAll(async () => {
  rogue = await startRogueIssuer()
  app = await startFormWorld({
    provider: { issuer: rogue.issuer },
    routes: [
      {
        match: { path: '/login' },
        access: 'optional',
        signInForm: { user: 'login', password: 'passwd', success: { replay: {} } },
        upstream: 'app',
      },
      { match: { path: '/export' }, authenticate: ['basic-password'], upstream: 'app' },
      { match: { path: '/**' }, authenticate: ['password'], upstream: 'app' },
    ],
    config: {
      throttling: {
        answerTime: '50ms',
        account: { failures: 1000 },
        address: { failures: 10_000 },
      },
    },
  })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await rogue[Symbol.asyncDispose]()
})
afterEach(() => {
  delete rogue.answers.token
  rogue.idToken = {}
  rogue.tokenAnswer = {}
})

type Way = (username: string, client?: ReturnType<typeof browser>) => Promise<HttpAnswer>
const browser = () => app.world.browser()

const byForm: Way = async (username, client = browser()) => {
  const form = await client.navigate(`${app.world.publicUrl}/.postern/sign-in?rd=/orders`)
  return client.submitForm(form, { username, password: typed })
}
const byAppsForm: Way = (username, client = browser()) =>
  app.post(new URLSearchParams({ login: username, passwd: typed }).toString(), { client })
const byBasic: Way = (username, client = browser()) => {
  const credentials = Buffer.from(`${username}:${typed}`).toString('base64')
  const fields = ['Authorization', `Basic ${credentials}`, 'Accept', 'text/html']
  return client.request(`${app.world.publicUrl}/export`, { fields })
}
const ways = [byForm, byAppsForm, byBasic]

let names = 0
/** Because wrong passwords by Basic are remembered. */
const nextName = () => `name-${(names += 1)}`

test.each<[string, Answer, number]>([
  ['200 with an error', json(200, { error: 'invalid_grant' }), 401],
  ['200 with tokens that are none', json(200, { access_token: 7, id_token: {} }), 403],
  ['200 with nothing', empty, 503],
  ['200 with a page', html(200), 503],
  ['200 with ten megabytes', huge, 503],
  ['400 with a page', html(400), 401],
  ['404', html(404), 403],
  ['405', json(405, { error: 'invalid_request' }), 403],
  ['429', html(429), 429],
  ['503', html(503), 503],
  ['a redirect', redirect('https://evil.example/'), 503],
  ['nothing', hangUp, 503],
])('%s signs nobody in, by whichever way', async (_, answer, status) => {
  rogue.answers.token = answer
  await expectNobody(status)
})

test.each<[string, () => void]>([
  ['without a signature', () => void (rogue.idToken = { sign: leaveUnsigned })],
  ['for another client', () => void (rogue.idToken = { claims: { aud: 'another' } })],
  ['that is over', () => void (rogue.idToken = { claims: { exp: 1 } })],
  ['that is no token', () => void (rogue.tokenAnswer = { id_token: 'a.b.c' })],
  ['of a token bound to a key', () => void (rogue.tokenAnswer = { token_type: 'DPoP' })],
])('an ID Token %s signs nobody in, by whichever way', async (_, bend) => {
  bend()
  await expectNobody(403)
})

async function expectNobody(status: number): Promise<void> {
  const before = app.bodies.length
  for (const way of ways) {
    const client = browser()
    expect((await way(nextName(), client)).status).toBe(status)
    expect(sessionCookiesOf(client)).toEqual([])
  }
  expect(app.bodies).toHaveLength(before)
  expect(app.world.logText()).not.toContain(typed)
}

describe.each([
  ['the form of the gateway', byForm],
  ['a form of the application', byAppsForm],
  ['HTTP Basic', byBasic],
])('by %s', (_, way) => {
  test('an unknown name is answered as a wrong password is, and as late', async () => {
    const ask = async (answer: Answer) => {
      rogue.answers.token = answer
      const startedAt = performance.now()
      const name = nextName()
      const { status, text } = await way(name)
      // A timer may fire a little early.
      expect(performance.now() - startedAt).toBeGreaterThan(45)
      return { status, text: toComparable(text, name) }
    }
    const unknown = await ask(json(400, { code: 2004, message: '用户不存在' }))
    const wrong = await ask(json(400, { error: 'invalid_grant', error_description: 'Wrong.' }))
    expect(unknown).toEqual(wrong)
    expect(unknown.status).toBe(401)
  })
})

/** Without what is new in each answer. */
function toComparable(text: string, name: string): string {
  return text
    .replaceAll(name, 'NAME')
    .replace(/name="csrf_token" value="[^"]+"/, '')
    .replaceAll(/<time .*?<\/time>|Request <code>.*?<\/code>/g, '')
}
