import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { json, type Answer } from '../support/rogueAnswers.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { createSecrets, createWitness, readMetrics, type Witness } from './secrets.ts'
import { parameterOf } from './signingIn.ts'

const random = () => randomBytes(32).toString('base64url')

describe('an issuer that quotes in its answers what it was sent', () => {
  const secrets = createSecrets()
  const refusals: string[] = []
  let offset = 0
  let rogue: RogueIssuer
  let world: World
  let person: Witness

  beforeAll(async () => {
    rogue = await startRogueIssuer()
    const clientSecret = random()
    secrets.add('client secret', clientSecret)
    world = await startWorld({
      clock: { now: () => Date.now() / 1000 + offset },
      sessions: { store: 'memory' },
      provider: { issuer: rogue.issuer, clientSecret },
    })
    person = createWitness(world, secrets, refusals)
  })
  afterAll(async () => {
    await world.stop()
    await rogue.stop()
  })

  /** All that came, gathered as secret and handed to `write`. */
  const quoting =
    (write: (quoted: string, form: URLSearchParams) => Answer): Answer =>
    (request, response) => {
      const quote = async (): Promise<void> => {
        const body = await text(request)
        const form = new URLSearchParams(body)
        for (const name of ['code', 'code_verifier', 'refresh_token']) {
          secrets.add(name, form.get(name) ?? '')
        }
        const { authorization = '' } = request.headers
        secrets.add('Authorization', authorization.replace('Basic ', ''))
        write(`${body} ${authorization}`, form)(request, response)
      }
      void quote()
    }

  const answers: readonly (readonly [string, Answer])[] = [
    ['500 as HTML', quoting((quoted) => raw(500, 'text/html', `<p>${quoted}</p>`))],
    [
      '500 as an OAuth error',
      quoting((quoted) => json(500, { error: 'server_error', error_description: quoted })),
    ],
    [
      'invalid_grant',
      quoting((quoted) =>
        json(400, { error: 'invalid_grant', error_description: quoted, error_uri: quoted }),
      ),
    ],
    ['an error that is no code', quoting((quoted) => json(400, { error: quoted }))],
    [
      'an error that is the grant itself',
      quoting((_, form) => json(400, { error: form.get('code') ?? form.get('refresh_token') })),
    ],
    ['400 as text', quoting((quoted) => raw(400, 'text/plain', quoted))],
    [
      '401 with a challenge',
      quoting((quoted) =>
        json(401, { error: 'invalid_client' }, { 'WWW-Authenticate': `Basic realm="${quoted}"` }),
      ),
    ],
    [
      '200 that is no JSON',
      quoting((quoted) => raw(200, 'application/json', `{"access_token": "${quoted}`)),
    ],
    [
      '200 of another token type',
      quoting((quoted) =>
        json(200, { access_token: quoted, token_type: quoted, id_token: quoted }),
      ),
    ],
    [
      '200 with an ID Token that is none',
      quoting((quoted) =>
        json(200, { access_token: quoted, token_type: 'bearer', id_token: quoted }),
      ),
    ],
    [
      '200 with an ID Token of strange claims',
      quoting((quoted) =>
        json(200, { access_token: quoted, token_type: 'bearer', id_token: unsigned(quoted) }),
      ),
    ],
    [
      'a redirect',
      quoting(
        (quoted) => (_, response) =>
          void response
            .writeHead(302, { Location: `http://localhost:1/?${encodeURIComponent(quoted)}` })
            .end(),
      ),
    ],
    [
      'a reason phrase',
      quoting(
        (quoted) => (_, response) => void response.writeHead(418, encodeURIComponent(quoted)).end(),
      ),
    ],
  ]

  async function beginLogin(): Promise<string> {
    const { location } = (await person.visit('/orders')).headers
    const code = random()
    secrets.add('code', code)
    rogue.nonce = parameterOf(location!, 'nonce')
    return `/.postern/callback?code=${code}&state=${parameterOf(location!, 'state')}`
  }

  async function expectNothingWritten(): Promise<void> {
    expect(secrets.findIn(world.logText())).toEqual([])
    expect(secrets.findIn(await readMetrics(world))).toEqual([])
    expect(secrets.findIn(refusals.join('\n'))).toEqual([])
  }

  test.each(answers)('when a code is redeemed: %s', async (_, answer) => {
    const callback = await beginLogin()
    rogue.answers.token = answer
    const { status } = await person.visit(callback)
    delete rogue.answers.token
    expect([400, 403, 503]).toContain(status)
    await expectNothingWritten()
  })

  test.each(answers)('when a token is refreshed: %s', async (_, answer) => {
    rogue.tokenAnswer = { refresh_token: random(), access_token: random(), expires_in: 100 }
    secrets.add('refresh_token', String(rogue.tokenAnswer['refresh_token']))
    secrets.add('access_token', String(rogue.tokenAnswer['access_token']))
    expect((await person.visit(await beginLogin())).headers.location).toBe('/orders')
    const before = rogue.counts.token
    offset += 101
    rogue.answers.token = answer
    await person.visit('/orders')
    delete rogue.answers.token
    expect(rogue.counts.token).toBe(before + 1)
    await expectNothingWritten()
    person.client.cookies.clear()
    offset = 0
  })

  test('when claims are asked for', async () => {
    rogue.answers.userinfo = (request, response) => {
      const { authorization = '' } = request.headers
      secrets.add('access_token', authorization.replace('Bearer ', ''))
      raw(401, 'text/plain', authorization)(request, response)
    }
    expect((await person.visit(await beginLogin())).status).toBeGreaterThanOrEqual(300)
    expect(rogue.counts.userinfo).toBeGreaterThan(0)
    await expectNothingWritten()
  })

  test('of every kind something was gathered', () => {
    for (const kind of [
      'code',
      'code_verifier',
      'refresh_token',
      'access_token',
      'Authorization',
    ]) {
      expect(secrets.kinds.get(kind)?.size, kind).toBeGreaterThan(0)
    }
    expect(refusals.length).toBeGreaterThan(answers.length)
  })
})

function raw(status: number, type: string, body: string): Answer {
  return (_, response) => void response.writeHead(status, { 'Content-Type': type }).end(body)
}

/** A JWT of `alg: none` whose every claim is the text. */
function unsigned(content: string): string {
  const parts = [
    { alg: 'none', kid: content },
    { iss: content, sub: content, aud: content, nonce: content, azp: content },
  ]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}
