import { rm } from 'node:fs/promises'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { requestToken } from '../support/accessTokens.ts'
import { createFolder, type Folder } from '../support/folder.ts'
import { fieldValues } from '../support/upstream.ts'
import { asNavigation, problemOf, until } from './steps.ts'
import { openWebSocket } from './webSocket.ts'
import {
  api,
  billing,
  startCredentialsWorld,
  stock,
  type CredentialsWorld,
} from './upstreamCredentialsWorld.ts'

const spoofed = ['Authorization', 'Basic c3Bvb2ZlZA==', 'Authorization_', 'Bearer spoofed']

const own = (resource: string) => ({
  type: 'client-credentials' as const,
  provider: 'test',
  resource,
})

/** The access token of the one session that there is. */
function bearerOf(authorization: string | undefined): string {
  expect(authorization).toMatch(/^Bearer /)
  return authorization!.slice('Bearer '.length)
}

const machineToken = ({ world }: CredentialsWorld) => requestToken(world.issuer, { resource: api })

describe("the caller's own token", () => {
  const credentials = { type: 'access-token' as const }

  test('is the bearer token that was judged, once, and goes to no other upstream', async () => {
    await using stage = await startCredentialsWorld({ credentials })
    const token = await machineToken(stage)
    expect((await stage.call('/x', { token })).status).toBe(200)
    expect((await stage.call('/y', { token })).status).toBe(200)
    expect((await stage.call('/other/x', { token })).status).toBe(200)
    expect(stage.app.authorizations()).toEqual([`Bearer ${token}`, `Bearer ${token}`])
    expect(fieldValues(stage.app.requests[0]!.rawHeaders, 'authorization')).toHaveLength(1)
    expect(stage.other.authorizations()).toEqual([undefined])
    expect(stage.world.logText()).not.toContain(token)
  })

  test('is the one of the session, in place of whatever the browser sends', async () => {
    await using stage = await startCredentialsWorld({ credentials })
    const { world, app } = stage
    const { client } = await world.signIn('alice')
    const fields = ['Authorization', 'Basic c3Bvb2ZlZA==']
    expect((await client.request(`${world.publicUrl}/x`, { fields })).status).toBe(200)
    const [first, second] = app.authorizations()
    const known = await world.issuer.provider.AccessToken.find(bearerOf(second))
    expect(known?.accountId).toBe('alice')
    expect(second).toBe(first)
    expect(world.logText()).not.toContain(bearerOf(second))
  })

  test('is the renewed one after a refresh', async () => {
    await using stage = await startCredentialsWorld({ credentials })
    const { world, app, clock } = stage
    const { client } = await world.signIn('alice')
    clock.forward(601)
    expect((await client.request(`${world.publicUrl}/x`)).status).toBe(200)
    const [before, after] = app.authorizations()
    expect(after).not.toBe(before)
    expect(await world.issuer.provider.AccessToken.find(bearerOf(after))).toBeDefined()
  })

  test('that is over and cannot be renewed: a person signs in again, a script is told to; nothing is forwarded', async () => {
    await using stage = await startCredentialsWorld({ credentials, refreshTokens: false })
    const { world, app, clock } = stage
    const { client } = await world.signIn('alice')
    app.requests.splice(0)
    clock.forward(601)
    const script = await client.request(`${world.publicUrl}/x`)
    expect([script.status, problemOf(script).code]).toEqual([401, 'login_required'])
    const page = await client.request(`${world.publicUrl}/x`, { fields: asNavigation })
    expect(page.status).toBe(302)
    expect(app.requests).toEqual([])
    expect((await client.navigate(`${world.publicUrl}/x`)).text).toBe('served')
    expect(app.authorizations()[0]).toMatch(/^Bearer /)
  })

  test('is left out on an optional route where nobody is signed in, with all that the client sends', async () => {
    await using stage = await startCredentialsWorld({ credentials, access: 'optional' })
    expect((await stage.call('/x', { fields: spoofed })).status).toBe(200)
    expect(stage.app.authorizations()).toEqual([undefined])
    expect(fieldValues(stage.app.requests[0]!.rawHeaders, 'authorization_')).toEqual([])
  })

  test('is refused by the upstream: the 401 goes through, and the request is sent once', async () => {
    await using stage = await startCredentialsWorld({ credentials })
    stage.app.refused.add('all')
    const answer = await stage.call('/x', { token: await machineToken(stage) })
    expect([answer.status, answer.text]).toEqual([401, 'refused by the application'])
    expect(stage.app.requests).toHaveLength(1)
  })
})

describe('a token of its own', () => {
  test('is sent to each upstream its own, whoever calls, and never what the client sends', async () => {
    await using stage = await startCredentialsWorld({
      credentials: own(billing),
      others: own(stock),
      access: 'public',
    })
    expect((await stage.call('/x', { fields: spoofed })).status).toBe(200)
    const token = await machineToken(stage)
    expect((await stage.call('/other/x', { token })).status).toBe(200)
    const [toBilling, toStock] = [...stage.app.authorizations(), ...stage.other.authorizations()]
    expect(decodeJwt(bearerOf(toBilling))).toMatchObject({ aud: billing, client_id: 'postern' })
    expect(decodeJwt(bearerOf(toStock))).toMatchObject({ aud: stock, client_id: 'postern' })
    for (const { rawHeaders } of [...stage.app.requests, ...stage.other.requests]) {
      expect(fieldValues(rawHeaders, 'authorization')).toHaveLength(1)
    }
    for (const each of [toBilling, toStock]) {
      expect(stage.world.logText()).not.toContain(bearerOf(each))
    }
  })

  test('is asked for once, however many requests wait for it', async () => {
    await using stage = await startCredentialsWorld({ credentials: own(billing), access: 'public' })
    const answers = await Promise.all([1, 2, 3, 4, 5].map((each) => stage.call(`/${each}`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(stage.app.authorizations()).size).toBe(1)
    expect(stage.world.issuer.counts.token).toBe(1)
  })

  test('is renewed before it ends, while requests go on with the one before', async () => {
    await using stage = await startCredentialsWorld({ credentials: own(billing), access: 'public' })
    const { clock, app, world } = stage
    await stage.call('/1')
    clock.forward(570)
    await until(() => world.issuer.counts.token === 2, 20_000)
    await until(async () => {
      await stage.call('/2')
      return app.authorizations().at(-1) !== app.authorizations()[0]
    }, 20_000)
    expect(new Set(app.authorizations()).size).toBe(2)
  })

  test('goes on while the issuer is away, to its end; then nothing is forwarded, until the issuer is back', async () => {
    await using stage = await startCredentialsWorld({ credentials: own(billing), access: 'public' })
    const { clock, app, world } = stage
    await stage.call('/1')
    await world.issuer.stop()
    clock.forward(590)
    expect((await stage.call('/2')).status).toBe(200)
    expect(app.authorizations()[1]).toBe(app.authorizations()[0])
    clock.forward(11)
    const answer = await stage.call('/3')
    expect([answer.status, problemOf(answer).code]).toEqual([
      503,
      'upstream_credentials_unavailable',
    ])
    expect(answer.headers['retry-after']).toBe('5')
    expect(app.requests).toHaveLength(2)
    await world.issuer.restart()
    clock.forward(61)
    await until(async () => (await stage.call('/4')).status === 200, 20_000)
  })

  test('that the issuer does not give is 502, with a name, and nothing is forwarded', async () => {
    await using stage = await startCredentialsWorld({
      credentials: { ...own(billing), clientId: 'postern', clientSecret: 'a wrong one' },
      access: 'public',
    })
    const answer = await stage.call('/x')
    expect([answer.status, problemOf(answer).code]).toEqual([502, 'upstream_credentials_refused'])
    expect(stage.app.requests).toEqual([])
    expect(stage.world.logText()).toContain('invalid_client')
    expect(stage.world.logText()).not.toContain('a wrong one')
  })
})

describe('an upstream that answers 401 to a token of ours', () => {
  async function startRefused(): Promise<CredentialsWorld> {
    const stage = await startCredentialsWorld({ credentials: own(billing), access: 'public' })
    await stage.call('/before')
    stage.app.refused.add(stage.app.authorizations()[0]!)
    stage.app.requests.splice(0)
    return stage
  }

  test('is asked once more with another, and the client sees the second answer alone', async () => {
    await using stage = await startRefused()
    const answer = await stage.call('/x?y=1', { method: 'DELETE' })
    expect([answer.status, answer.text]).toEqual([200, 'served'])
    expect(answer.headers).not.toHaveProperty('x-refused')
    const [first, second] = stage.app.authorizations()
    expect(second).not.toBe(first)
    expect(stage.app.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'DELETE /x?y=1',
      'DELETE /x?y=1',
    ])
    expect((await stage.call('/y')).status).toBe(200)
    expect(stage.app.authorizations()[2]).toBe(second)
    expect(stage.world.issuer.counts.token).toBe(2)
  })

  test('is sent no body twice: the 401 goes through, and the next request has another token', async () => {
    await using stage = await startRefused()
    const body = 'x'.repeat(300_000)
    const answer = await stage.call('/x', { method: 'POST', body })
    expect([answer.status, answer.text]).toEqual([401, 'refused by the application'])
    expect(stage.app.requests).toHaveLength(1)
    expect((await stage.call('/y')).status).toBe(200)
    const [first, second] = stage.app.authorizations()
    expect(second).not.toBe(first)
  })

  test('to every token: its 401 goes through, and the issuer is not asked over and over', async () => {
    await using stage = await startRefused()
    stage.app.refused.add('all')
    for (let each = 0; each < 5; each += 1) {
      const answer = await stage.call('/x')
      expect([answer.status, answer.text]).toEqual([401, 'refused by the application'])
    }
    expect(stage.app.requests).toHaveLength(6)
    expect(stage.world.issuer.counts.token).toBe(2)
    stage.clock.forward(11)
    await stage.call('/x')
    expect(stage.world.issuer.counts.token).toBe(3)
  })

  test('while the issuer is away: its 401 goes through', async () => {
    await using stage = await startRefused()
    await stage.world.issuer.stop()
    expect((await stage.call('/x')).status).toBe(401)
    await stage.world.issuer.restart()
    stage.clock.forward(11)
    await until(async () => (await stage.call('/x')).status === 200, 20_000)
  })

  test('to a WebSocket: it is opened with another', async () => {
    await using stage = await startCredentialsWorld({ credentials: own(billing), access: 'public' })
    await stage.call('/before')
    expect(await openWebSocket(stage.world.port, '/socket', [])).toBe(101)
    expect(stage.app.authorizations()[1]).toBe(stage.app.authorizations()[0])
  })
})

describe('a token in exchange', () => {
  const exchanged = (audience: string) => ({
    type: 'token-exchange' as const,
    provider: 'test',
    audience,
  })

  test('is for the caller and the upstream, obtained once for each session', async () => {
    await using stage = await startCredentialsWorld({
      credentials: exchanged(billing),
      others: exchanged(stock),
    })
    const { world, app, other, exchange } = stage
    const alice = await world.signIn('alice')
    const bob = await world.signIn('bob')
    await alice.client.request(`${world.publicUrl}/x`)
    await alice.client.request(`${world.publicUrl}/other/x`)
    const [ofAlice, ofBob, again] = app.authorizations()
    expect(decodeJwt(bearerOf(ofAlice))).toMatchObject({ sub: 'alice', aud: billing })
    expect(decodeJwt(bearerOf(ofBob))).toMatchObject({ sub: 'bob', aud: billing })
    expect(again).toBe(ofAlice)
    expect(decodeJwt(bearerOf(other.authorizations()[0]))).toMatchObject({
      sub: 'alice',
      aud: stock,
    })
    expect(exchange.exchanges.map(({ clientId }) => clientId)).toEqual([
      'postern',
      'postern',
      'postern',
    ])
    expect(bob.page.status).toBe(200)
    for (const { subjectToken, issued } of exchange.exchanges) {
      expect(world.logText()).not.toContain(subjectToken)
      expect(world.logText()).not.toContain(issued)
    }
  })

  test('is for the bearer of a token, once for each token, and again after its end', async () => {
    await using stage = await startCredentialsWorld({
      credentials: exchanged(billing),
      accessTokenLifetime: 3600,
    })
    const token = await machineToken(stage)
    await Promise.all(['/1', '/2', '/3'].map((path) => stage.call(path, { token })))
    expect(stage.exchange.exchanges.map(({ subjectToken }) => subjectToken)).toEqual([token])
    expect(new Set(stage.app.authorizations()).size).toBe(1)
    stage.clock.forward(301)
    expect((await stage.call('/4', { token })).status).toBe(200)
    expect(stage.exchange.exchanges).toHaveLength(2)
    await stage.call('/5', { token: await machineToken(stage) })
    expect(stage.exchange.exchanges).toHaveLength(3)
  })

  test('that the upstream refuses is replaced, and the request sent once more', async () => {
    await using stage = await startCredentialsWorld({ credentials: exchanged(billing) })
    const token = await machineToken(stage)
    await stage.call('/1', { token })
    stage.app.refused.add(stage.app.authorizations()[0]!)
    expect((await stage.call('/2', { token })).status).toBe(200)
    expect(stage.exchange.exchanges).toHaveLength(2)
    stage.app.refused.add('all')
    expect((await stage.call('/3', { token })).status).toBe(401)
    expect((await stage.call('/4', { token })).status).toBe(401)
    expect(stage.exchange.exchanges).toHaveLength(2)
  })

  test('that the issuer does not give is 502, asked for once in a while, and nothing is forwarded', async () => {
    await using stage = await startCredentialsWorld({ credentials: exchanged(billing) })
    stage.exchange.refused.add('machine')
    const token = await machineToken(stage)
    const before = stage.world.issuer.counts.token
    for (const path of ['/1', '/2', '/3']) {
      const answer = await stage.call(path, { token })
      expect([answer.status, problemOf(answer).code]).toEqual([502, 'upstream_credentials_refused'])
    }
    expect(stage.world.issuer.counts.token).toBe(before + 1)
    expect(stage.app.requests).toEqual([])
    stage.exchange.refused.clear()
    stage.clock.forward(6)
    expect((await stage.call('/4', { token })).status).toBe(200)
  })

  test('is not to be had while the issuer is away: 503, and nothing is forwarded', async () => {
    await using stage = await startCredentialsWorld({ credentials: exchanged(billing) })
    const token = await machineToken(stage)
    const known = await machineToken(stage)
    await stage.call('/1', { token: known })
    await stage.call('/other/x', { token })
    await stage.world.issuer.stop()
    const answer = await stage.call('/2', { token })
    expect([answer.status, problemOf(answer).code]).toEqual([
      503,
      'upstream_credentials_unavailable',
    ])
    expect((await stage.call('/3', { token: known })).status).toBe(200)
    expect(stage.app.requests.map(({ url }) => url)).toEqual(['/1', '/3'])
  })
})

describe('Basic', () => {
  const basicOf = (authorization: string | undefined): string => {
    expect(authorization).toMatch(/^Basic /)
    return Buffer.from(authorization!.slice('Basic '.length), 'base64').toString()
  }

  test('has the user of a claim and the one password, in UTF-8', async () => {
    await using stage = await startCredentialsWorld({
      credentials: { type: 'basic', userClaim: 'name', password: 'geheim: ü' },
    })
    const { world, app } = stage
    world.issuer.accounts.get('alice')!.claims['name'] = 'Alice Müller'
    const { client } = await world.signIn('alice')
    await client.request(`${world.publicUrl}/x`, { fields: ['Authorization', 'Basic eDp5'] })
    expect(app.authorizations().map(basicOf)).toEqual([
      'Alice Müller:geheim: ü',
      'Alice Müller:geheim: ü',
    ])
    expect(world.logText()).not.toContain('geheim')
  })

  test.each([
    ['no such claim', undefined],
    ['a colon', 'root:x'],
    ['a line feed', 'root\n'],
    ['nothing in it', ''],
    ['a list', ['root']],
  ])('is not made up for a claim with %s: 403, and nothing is forwarded', async (_name, name) => {
    await using stage = await startCredentialsWorld({
      credentials: { type: 'basic', userClaim: 'name', password: 'secret' },
    })
    const claims = stage.world.issuer.accounts.get('alice')!.claims
    if (name === undefined) delete claims['name']
    else claims['name'] = name
    const { page } = await stage.world.signIn('alice')
    expect(page.status).toBe(403)
    expect(page.text).toContain('upstream_user_unknown')
    expect(stage.app.requests).toEqual([])
  })
})

describe('secrets in files', () => {
  let folder: Folder
  beforeEach(async () => void (folder = await createFolder()))
  afterEach(() => folder[Symbol.asyncDispose]())

  test('another client gets the next token, without a restart and without a request that fails', async () => {
    const clientId = { file: await folder.write('id', 'postern\n') }
    const clientSecret = { file: await folder.write('secret', 'postern-secret\n') }
    await using stage = await startCredentialsWorld({
      credentials: { ...own(billing), clientId, clientSecret },
      access: 'public',
      clients: [{ id: 'second', secret: 'second-secret' }],
    })
    const clientOf = (authorization: string | undefined) =>
      decodeJwt(bearerOf(authorization))['client_id']
    await stage.call('/1')
    await folder.write('id', 'second')
    await folder.write('secret', 'second-secret')
    await until(async () => {
      expect((await stage.call('/2')).status).toBe(200)
      return clientOf(stage.app.authorizations().at(-1)) === 'second'
    }, 25_000)
    expect(clientOf(stage.app.authorizations()[0])).toBe('postern')
    expect(stage.world.logText()).not.toContain('second-secret')
  })

  test('another password is sent once its file has changed, the one before while there is none', async () => {
    const password = { file: await folder.write('password', 'first') }
    await using stage = await startCredentialsWorld({ credentials: { type: 'basic', password } })
    const { world, app } = stage
    const { client } = await world.signIn('alice')
    const sent = async () => {
      await client.request(`${world.publicUrl}/x`)
      return Buffer.from(app.authorizations().at(-1)!.slice('Basic '.length), 'base64').toString()
    }
    await rm(password.file)
    await until(() => world.logText().includes('files cannot be used'), 25_000)
    expect(await sent()).toBe('alice:first')
    await folder.write('password', 'second')
    await until(async () => (await sent()) === 'alice:second', 25_000)
  })
})
