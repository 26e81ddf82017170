import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestOptions } from '../support/httpClient.ts'
import { freePort } from '../support/ports.ts'
import { startRawUpstream, type RawUpstream } from '../support/rawUpstream.ts'
import { startRedis, type RedisServer } from '../support/redis.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw } from './rawRequests.ts'
import {
  createSecrets,
  createWitness,
  gatherFromIssuer,
  readMetrics,
  type Witness,
} from './secrets.ts'
import { parameterOf, withParameters } from './signingIn.ts'

const random = () => randomBytes(32).toString('base64url')

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
