import { WebSocket } from 'ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpClient } from '../support/httpClient.ts'
import { startWorld, usualRoutes, type World } from '../support/world.ts'
import { asScript, followRequests, jsonOf, open, until } from './steps.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    sessions: { store: 'memory' },
    routes: [
      { name: 'dead', match: { path: '/dead/**' }, access: 'public', upstream: 'nothing' },
      { name: 'open', match: { path: '/open/**' }, access: 'public', upstream: 'app' },
      ...usualRoutes,
    ],
    // Because nobody listens there.
    config: { upstreams: { nothing: { url: 'http://127.0.0.1:1' } } },
  })
})
afterAll(() => world.stop())

const admin = (path: string, method = 'GET') =>
  createHttpClient().request(world.adminUrl + path, { method })

/** The sum of all samples of that name whose labels contain these. */
async function metric(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { text } = await admin('/metrics')
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((each) => line.includes(each)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** How much a metric grows while something is done; waits until it has grown by something. */
async function growth(
  name: string,
  labels: Readonly<Record<string, string>>,
  act: () => Promise<unknown>,
): Promise<number> {
  const before = await metric(name, labels)
  await act()
  await until(async () => (await metric(name, labels)) > before)
  return (await metric(name, labels)) - before
}

describe('the admin listener', () => {
  test('says that the process lives, and that it is ready', async () => {
    expect(await admin('/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
    await until(async () => (await admin('/readyz')).status === 200)
    expect(jsonOf(await admin('/readyz'))).toEqual({
      ready: true,
      checks: { accepting: true, sessions: true, 'provider:test': true },
    })
  })

  test('answers nothing else, and no other method', async () => {
    expect((await admin('/')).status).toBe(404)
    expect((await admin('/.postern/session')).status).toBe(404)
    expect((await admin('/metrics', 'POST')).status).toBe(405)
    expect((await admin('/metrics', 'HEAD')).status).toBe(200)
  })

  test.each(['/healthz', '/readyz', '/metrics'])(
    'is not on the public port: %s there is the business of routes',
    async (path) => {
      const before = world.upstream.requests.length
      const answer = await world.browser().request(world.publicUrl + path, { fields: asScript })
      expect(answer.status).toBe(401)
      expect(answer.text).not.toContain('postern_')
      expect(world.upstream.requests).toHaveLength(before)
    },
  )
})

describe('/metrics', () => {
  test('is the text format of Prometheus, each line of it', async () => {
    await world.signIn()
    const { headers, text } = await admin('/metrics')
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text.endsWith('\n')).toBe(true)
    const lines = text.split('\n').filter((line) => line !== '')
    const shapes = [
      /^# HELP [a-zA-Z_:][\w:]* \S.*$/,
      /^# TYPE [a-zA-Z_:][\w:]* (counter|gauge|histogram|summary|untyped)$/,
      /^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*",?)*\})? (-?[\d.e+-]+|NaN|[+-]Inf)$/,
    ]
    expect(lines.filter((line) => !shapes.some((shape) => shape.test(line)))).toEqual([])
  })

  test('counts requests by route, outcome and status, with their durations', async () => {
    const count = 'postern_request_duration_seconds_count'
    const client = world.browser()
    const passed = { route: 'open', outcome: 'passed', status: '2xx' }
    expect(
      await growth(count, passed, () => client.request(`${world.publicUrl}/open/x?token=a`)),
    ).toBe(1)
    const refused = { outcome: 'login_required', status: '4xx' }
    expect(await growth(count, refused, () => client.request(`${world.publicUrl}/x`))).toBe(1)
    const unrouted = { route: 'none', outcome: 'target_ambiguous', status: '4xx' }
    expect(await growth(count, unrouted, () => client.request(`${world.publicUrl}/a//b`))).toBe(1)
    expect(await metric('postern_request_duration_seconds_sum', passed)).toBeGreaterThan(0)
    expect(await metric('postern_request_duration_seconds_bucket', { ...passed, le: '+Inf' })).toBe(
      await metric(count, passed),
    )
  })

  test('counts logins that were started, completed and refused', async () => {
    const name = 'postern_logins_total'
    const started = { provider: 'test', outcome: 'started' }
    expect(await growth(name, started, () => open(world.browser(), world.publicUrl))).toBe(1)
    expect(await growth(name, { outcome: 'completed' }, () => world.signIn())).toBe(1)
    const refused = await growth(name, { outcome: 'refused' }, async () => {
      const client = world.browser()
      const { searchParams } = new URL((await open(client, world.publicUrl)).headers.location!)
      const query = `error=access_denied&state=${searchParams.get('state')}`
      await open(client, `${world.publicUrl}/.postern/callback?${query}&iss=${world.issuer.issuer}`)
    })
    expect(refused).toBe(1)
  })

  test('counts sessions that were opened and ended, and how many are at hand', async () => {
    const name = 'postern_session_events_total'
    const near = await metric('postern_near_cache_sessions')
    const { client } = await world.signIn()
    expect(await metric('postern_near_cache_sessions')).toBe(near + 1)
    const ended = await growth(name, { event: 'ended' }, () =>
      open(client, `${world.publicUrl}/.postern/logout`),
    )
    expect(ended).toBe(1)
    expect(await metric('postern_near_cache_sessions')).toBe(near)
    expect(await growth(name, { event: 'opened' }, () => world.signIn())).toBe(1)
  })

  test('counts what upstreams fail to answer, by upstream', async () => {
    const labels = { upstream: 'nothing', code: 'upstream_unreachable' }
    const grown = await growth('postern_upstream_errors_total', labels, () =>
      world.browser().request(`${world.publicUrl}/dead/x`),
    )
    expect(grown).toBe(1)
  })

  test('counts WebSockets while they are open, and the log has them once they are closed', async () => {
    const { client } = await world.signIn()
    const requests = followRequests(world)
    const socket = new WebSocket(`${world.publicUrl.replace('http', 'ws')}/chat`, {
      headers: { Cookie: client.cookies.fieldFor(world.publicUrl)!, Origin: world.publicUrl },
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    expect(await metric('postern_open_upgrades')).toBe(1)
    expect(requests.lines()).toEqual([])
    socket.close()
    const [line] = await requests.next()
    expect(line).toMatchObject({ route: '/**', status: 101, principal: 'alice' })
    await until(async () => (await metric('postern_open_upgrades')) === 0)
  })

  test('has no label that a client chose', async () => {
    const client = world.browser()
    await client.request(`${world.publicUrl}/open/chosen-by-a-client`, {
      method: 'PROPFIND',
      fields: ['User-Agent', 'chosen-by-a-client', 'Host', 'chosen-by-a-client'],
    })
    expect((await admin('/metrics')).text).not.toContain('chosen-by-a-client')
  })
})

describe('the log', () => {
  test('has one line for each request, with route, status, principal, duration and refusal', async () => {
    const { client } = await world.signIn('bob')
    const requests = followRequests(world)
    await client.request(`${world.publicUrl}/admin/x`)
    await client.request(`${world.publicUrl}/dead/x`)
    const [denied, dead] = await requests.next(2)
    expect(denied).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
      msg: 'request',
      id: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      method: 'GET',
      route: '/admin/**',
      status: 403,
      durationMs: expect.any(Number) as unknown,
      client: '127.0.0.1',
      principal: 'bob',
      session: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      refusal: 'access_denied',
      detail: 'require.groups: claim groups fails anyOf',
    })
    expect(dead).toMatchObject({
      level: 50,
      route: 'dead',
      status: 502,
      refusal: 'upstream_unreachable',
      detail: 'nothing: nobody listens at its address (ECONNREFUSED)',
    })
    expect(dead).not.toHaveProperty('principal')
    expect(requests.lines()).toEqual([])
  })

  test('has no query, cookie, token, code, state or secret in it', async () => {
    const { client } = await world.signIn('alice', '/x?password=hunter2')
    await client.request(`${world.publicUrl}/x?api_key=hunter2`, {
      fields: ['Authorization', 'Bearer hunter2', 'X-Api-Key', 'hunter2'],
    })
    await open(client, `${world.publicUrl}/.postern/callback?code=hunter2&state=hunter2`)
    await open(client, `${world.publicUrl}/.postern/logout`)
    const requests = followRequests(world)
    await client.request(`${world.publicUrl}/open/x`)
    await requests.next()
    const text = world.logText()
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('postern-secret')
    expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+\./)
  })
})
