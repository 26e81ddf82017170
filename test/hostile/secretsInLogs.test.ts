import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpAnswer, HttpClient, RequestOptions } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startRawUpstream, type RawUpstream } from '../support/rawUpstream.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { json, type Answer } from '../support/rogueAnswers.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw } from './rawRequests.ts'
import { createSecrets, gatherFromIssuer, type Secrets } from './secrets.ts'
import { parameterOf, withParameters } from './signingIn.ts'

const random = () => randomBytes(32).toString('base64url')

/** A browser of which everything secret is gathered, and every refusal kept. */
interface Witness {
  readonly client: HttpClient
  visit(path: string, options?: RequestOptions): Promise<HttpAnswer>
}

function createWitness(world: World, secrets: Secrets, refusals: string[]): Witness {
  const client = world.browser()
  return {
    client,
    async visit(path, options = {}) {
      const fields = ['Accept', 'text/html', ...(options.fields ?? [])]
      const url = path.startsWith('http') ? path : world.publicUrl + path
      const answer = await client.request(url, { ...options, fields })
      secrets.addAnswer(answer)
      if (answer.status >= 400) refusals.push(answer.text)
      return answer
    },
  }
}

async function readMetrics(world: World): Promise<string> {
  return (await world.browser().request(`${world.adminUrl}/metrics`)).text
}

describe('a run with an honest issuer, and sessions in Redis', () => {
  const [clientSecret, key, redisPassword, password] = [random(), random(), random(), random()]
  const secrets = createSecrets()
  const refusals: string[] = []
  let offset = 0
  let redis: RedisServer
  let upstream: Upstream
  let garbage: RawUpstream
  let world: World
  let alice: Witness

  beforeAll(async () => {
    secrets.add('client secret', clientSecret, `postern:${clientSecret}`)
    secrets.add('session key', key)
    secrets.add('Redis password', redisPassword)
    secrets.add('password', password)
    redis = await startRedis({ password: redisPassword })
    upstream = await startUpstream()
    garbage = await startRawUpstream((connection) => {
      const quoted = random()
      secrets.add('answer of an upstream', quoted)
      connection.socket.on('data', () => {
        connection.send(`HTTP/1.1 200 OK\r\nX-Token: ${quoted}\0\r\n${quoted}: ${quoted}\r\n\r\n`)
      })
    })
    const port = await freePort()
    const publicUrl = `http://localhost:${port}`
    world = await startWorld({
      upstream,
      clock: { now: () => Date.now() / 1000 + offset },
      sessions: { store: 'redis', redis: { url: redis.url, password: redisPassword }, keys: [key] },
      provider: { clientSecret },
      issuer: {
        accessTokenLifetime: 60,
        clients: [
          {
            client_id: 'postern',
            client_secret: clientSecret,
            redirect_uris: [`${publicUrl}/.postern/callback`],
            post_logout_redirect_uris: [`${publicUrl}/.postern/logout`],
            grant_types: ['authorization_code', 'refresh_token'],
          },
        ],
      },
      config: {
        publicUrl,
        listen: { address: `127.0.0.1:${port}`, drainTimeout: '500ms' },
        upstreams: {
          app: { url: upstream.url, responseTimeout: '200ms' },
          garbage: { url: garbage.url },
          nobody: { url: 'http://127.0.0.1:1' },
        },
      },
      routes: [
        { match: { path: '/garbage/**' }, upstream: 'garbage' },
        { match: { path: '/nobody/**' }, upstream: 'nobody' },
        { match: { path: '/forwarded/**' }, forwardAuthorization: true, upstream: 'app' },
        { match: { path: '/admin/**' }, require: { groups: ['nobody'] }, upstream: 'app' },
        { match: { path: '/**' }, upstream: 'app' },
      ],
    })
    world.issuer.accounts.get('alice')!.password = password
    gatherFromIssuer(secrets, world.issuer)
    alice = createWitness(world, secrets, refusals)
  })
  afterAll(async () => {
    await world.stop()
    await garbage[Symbol.asyncDispose]()
    await upstream.close()
    await redis.stop()
  })

  /** What the issuer sends this browser back with. */
  async function beginLogin({ visit }: Witness, path = '/'): Promise<string> {
    const started = await visit(path)
    const credentials = { login: 'alice', password }
    const callback = await world.issuer.signInOverHttp(started.headers.location!, credentials)
    secrets.add('code', parameterOf(callback, 'code'))
    return callback
  }

  async function expectNothingWritten(): Promise<void> {
    expect(secrets.findIn(world.logText())).toEqual([])
    expect(secrets.findIn(await readMetrics(world))).toEqual([])
    expect(secrets.findIn(refusals.join('\n'))).toEqual([])
  }

  test('signing in', async () => {
    const callback = await beginLogin(alice, '/orders')
    expect((await alice.visit(callback)).headers.location).toBe('/orders')
    expect((await alice.visit('/orders')).status).toBe(200)
    expect((await alice.visit('/.postern/session')).status).toBe(200)
    expect(world.logText()).toContain('signed in')
    await expectNothingWritten()
  })

  test('a refresh', async () => {
    const before = world.issuer.counts.token
    offset = 61
    expect((await alice.visit('/orders')).status).toBe(200)
    expect(world.issuer.counts.token).toBe(before + 1)
    await expectNothingWritten()
  })

  test('what a request carries: credentials, cookies, a query, a body, a referrer', async () => {
    const carried = Array.from({ length: 7 }, random)
    const [bearer, basic, cookie, token, body, referrer, forged] = carried
    secrets.add('carried by a request', ...carried)
    const options: RequestOptions = {
      method: 'POST',
      fields: [
        'Authorization',
        `Bearer ${bearer}`,
        'Proxy-Authorization',
        `Basic ${basic}`,
        'Cookie',
        `app=${cookie}`,
        'Referer',
        `${world.publicUrl}/page?token=${referrer}`,
        'X-Forwarded-User',
        forged!,
      ],
      body: `password=${body}`,
    }
    for (const path of ['/forwarded/x', '/orders', '/admin/x', '/nobody/x', '/garbage/x']) {
      await alice.visit(`${path}?token=${token}`, options)
    }
    expect(upstream.requests.at(-1)!.url).toContain(token)
    await expectNothingWritten()
  })

  test('an upstream that hangs up, hangs, is cut, is away, or quotes secrets in a broken answer', async () => {
    const statuses: number[] = []
    for (const path of ['/close', '/hang', '/nobody/x', '/garbage/x']) {
      const token = random()
      secrets.add('query', token)
      statuses.push((await alice.visit(`${path}?token=${token}`)).status)
    }
    expect(statuses).toEqual([502, 504, 502, 502])
    await expect(alice.visit('/cut')).rejects.toThrow()
    await expectNothingWritten()
  })

  test('bytes that are no request', async () => {
    const [line, name, value, target] = Array.from({ length: 4 }, random)
    secrets.add('bytes', line, name, value, target)
    for (const bytes of [
      `${line}\r\n\r\n`,
      `GET /x?${target} HTTP/9.9\r\n\r\n`,
      `GET /x HTTP/1.1\r\nHost: ${value}@x\r\n\r\n`,
      `GET /x HTTP/1.1\r\n${name} : ${value}\r\n\r\n`,
      `GET /../${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      `GET http://${target}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      `GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: ${value}\r\nAuthorization: ${line}\r\n\r\n`,
      `GET /x HTTP/1.1\r\nHost: x\r\nExpect: ${value}\r\n\r\n`,
    ]) {
      const { statuses, text } = await exchangeRaw(world.port, bytes)
      expect(statuses[0], bytes).toBeGreaterThanOrEqual(400)
      refusals.push(text)
    }
    await expectNothingWritten()
  })

  test('callbacks that fail', async () => {
    for (const change of [
      { code: random() },
      { state: random() },
      { iss: `https://${random().toLowerCase()}.example` },
      { code: undefined, error: 'access_denied', error_description: random() },
      { id_token: random() },
    ]) {
      const victim = createWitness(world, secrets, refusals)
      const callback = await beginLogin(victim)
      const { iss: _, error: __, ...added } = change as Readonly<Record<string, string | undefined>>
      secrets.add('callback', ...Object.values(added))
      const answer = await victim.visit(withParameters(callback, change))
      expect([302, 400, 403]).toContain(answer.status)
      await victim.visit(`${callback}&code=${random()}`)
    }
    await expectNothingWritten()
  })

  test('cookies that were altered', async () => {
    for (const { name, value } of alice.client.cookies.all()) {
      for (const altered of [value.slice(0, -1), `${value}A`, value.slice(20), `"${value}"`]) {
        secrets.add('cookie', altered)
        const stranger = createWitness(world, secrets, refusals)
        await stranger.visit('/orders', { fields: ['Cookie', `${name}=${altered}`] })
        await stranger.visit('/.postern/session', { fields: ['Cookie', `${name}=${altered}`] })
      }
    }
    await expectNothingWritten()
  })

  test('Redis away', async () => {
    await redis.kill()
    expect((await alice.visit('/.postern/session?x')).status).toBe(503)
    await expectNothingWritten()
    await redis.restart()
  })

  test('signing out', async () => {
    await expect
      .poll(async () => {
        const back = createWitness(world, secrets, refusals)
        return (await back.visit(await beginLogin(back))).status === 302 ? back : undefined
      })
      .toBeDefined()
    const person = createWitness(world, secrets, refusals)
    await person.visit(await beginLogin(person))
    const answer = await person.visit('/.postern/logout?rd=%2Fbye')
    expect(answer.headers.location).toMatch(`${world.issuer.issuer}/session/end?`)
    const state = parameterOf(answer.headers.location!, 'state')
    expect((await person.visit(`/.postern/logout?state=${state}`)).headers.location).toBe('/bye')
    expect(world.logText()).toContain('signed out')
    await expectNothingWritten()
  })

  test('of every kind something was gathered, and a search would have found it', () => {
    const gathered = [...secrets.kinds]
      .filter(([, values]) => values.size > 0)
      .map(([kind]) => kind)
    expect(gathered).toEqual(
      expect.arrayContaining([
        'cookie',
        'state',
        'nonce',
        'code',
        'code_challenge',
        'code_verifier',
        'id_token',
        'id_token_hint',
        'access_token',
        'refresh_token',
        'answer of an upstream',
      ]),
    )
    const id = world.logLines.find(({ session }) => session !== undefined)!['session']
    secrets.add('probe', String(id))
    expect(secrets.findIn(world.logText())).toEqual([`probe: ${String(id)}`])
  })
})

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
      void text(request).then((body) => {
        const form = new URLSearchParams(body)
        for (const name of ['code', 'code_verifier', 'refresh_token']) {
          secrets.add(name, form.get(name) ?? '')
        }
        const { authorization = '' } = request.headers
        secrets.add('Authorization', authorization.replace('Basic ', ''))
        write(`${body} ${authorization}`, form)(request, response)
      })
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
    expect([400, 503]).toContain(status)
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

test('a Redis that does not take the password is not told on', async () => {
  await using redis = await startRedis({ password: random() })
  const [password, username] = [random(), random()]
  await using world = await startWorld({
    sessions: { store: 'redis', redis: { url: redis.url, username, password } },
  })
  const secrets = createSecrets()
  secrets.add('Redis password', password, username)
  const fields = ['Cookie', `postern=${'A'.repeat(43)}.${'A'.repeat(43)}`]
  const answer = await world.browser().request(`${world.publicUrl}/orders`, { fields })
  expect(answer.status).toBe(503)
  expect(secrets.findIn(world.logText() + answer.text + (await readMetrics(world)))).toEqual([])
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
