import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HttpAnswer } from '../support/httpClient.ts'
import { createMachines } from '../support/machines.ts'
import { connectRaw } from '../support/rawUpstream.ts'
import { startWorld, type World } from '../support/world.ts'
import { until } from '../gateway/steps.ts'

const machines = createMachines()
const strangers = createMachines('strangers')

/** A route of the test's own, which lets two requests through. */
const toRoute = (name: string, by: 'address' | 'client') => ({
  match: { path: `/${name}/**` },
  ...(by === 'address' ? { access: 'public' as const } : { authenticate: ['bearer' as const] }),
  quotas: [{ by, limit: 2, per: 'day' }],
  upstream: 'app',
})

let world: World
beforeAll(async () => {
  const byAddress = ['fields', 'spelling', 'method', 'leaving', 'pipelined', 'connections']
  world = await startWorld({
    config: { providers: [machines.provider, strangers.provider] },
    routes: [
      ...byAddress.map((name) => toRoute(name, 'address')),
      ...['victim', 'names', 'issuers'].map((name) => toRoute(name, 'client')),
    ],
  })
})
afterAll(async () => {
  await world.stop()
  machines[Symbol.dispose]()
  strangers[Symbol.dispose]()
})
beforeEach(() => void world.upstream.requests.splice(0))

const call = (path: string, fields: readonly string[] = [], method = 'GET'): Promise<HttpAnswer> =>
  world.browser().request(world.publicUrl + path, { fields, method })

async function useUp(path: string, fields: readonly string[] = []): Promise<void> {
  for (const expected of [200, 200, 429]) expect((await call(path, fields)).status).toBe(expected)
}

describe('a quota by address that is used up cannot be got round', () => {
  test('by saying in any field that somebody else calls', async () => {
    await useUp('/fields/x')
    const names = [
      'X-Forwarded-For',
      'X-Real-IP',
      'X-Client-IP',
      'True-Client-IP',
      'x_forwarded_for',
    ]
    for (const name of names) {
      expect((await call('/fields/x', [name, '198.51.100.7'])).status).toBe(429)
    }
    expect((await call('/fields/x', ['Forwarded', 'for=198.51.100.7'])).status).toBe(429)
    expect(world.upstream.requests).toHaveLength(2)
  })

  test('by another spelling, or another path of the route', async () => {
    await useUp('/spelling/x')
    for (const path of [
      '/spelling',
      '/spelling/',
      '/spelling/%78',
      '/spellin%67/x',
      '/spelling/y?z',
    ]) {
      expect((await call(path)).status, path).toBe(429)
    }
    expect(world.upstream.requests).toHaveLength(2)
  })

  test('by another method', async () => {
    await useUp('/method/x')
    for (const method of ['POST', 'HEAD', 'OPTIONS', 'DELETE']) {
      expect((await call('/method/x', [], method)).status).toBe(429)
    }
    expect(world.upstream.requests).toHaveLength(2)
  })

  test('by leaving before the answer', async () => {
    for (const count of [1, 2]) {
      const client = connectRaw(world.port)
      client.send(`GET /leaving/x HTTP/1.1\r\nHost: localhost:${world.port}\r\n\r\n`)
      await until(() => world.upstream.requests.length === count)
      client.socket.destroy()
    }
    expect((await call('/leaving/x')).status).toBe(429)
  })

  test('by asking for everything at once over one connection', async () => {
    const client = connectRaw(world.port)
    const request = `GET /pipelined/x HTTP/1.1\r\nHost: localhost:${world.port}\r\n\r\n`
    client.send(request.repeat(50))
    await until(() => client.received.split('HTTP/1.1 429').length === 49)
    expect(client.received.split('HTTP/1.1 200')).toHaveLength(3)
    expect(world.upstream.requests).toHaveLength(2)
    client.socket.destroy()
  })

  test('by as many connections at once', async () => {
    const asking = Array.from({ length: 50 }, () => call('/connections/x'))
    const statuses = (await Promise.all(asking)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(2)
    expect(world.upstream.requests).toHaveLength(2)
  })
})

describe('a quota by client', () => {
  test('cannot be used up by somebody who only says that he is the client', async () => {
    const victim = await machines.authorize({ client_id: 'victim' })
    const [name = '', value = ''] = victim
    const payload = value.split('.')[1] ?? ''
    const forged = [name, `Bearer eyJhbGciOiJub25lIn0.${payload}.`]
    for (let at = 0; at < 5; at += 1) expect((await call('/victim/x', forged)).status).toBe(401)
    await useUp('/victim/x', victim)
  })

  test('cannot be shared out among names of the same client', async () => {
    await useUp('/names/x', await machines.authorize({ client_id: 'c' }))
    for (const sub of ['a', 'c', 'C']) {
      const fields = await machines.authorize({ client_id: 'c', sub })
      expect((await call('/names/x', fields)).status).toBe(429)
    }
  })

  test('of one issuer is not touched by a client of the same name of another', async () => {
    await useUp('/issuers/x', await strangers.authorize({ client_id: 'c' }))
    await useUp('/issuers/x', await machines.authorize({ client_id: 'c' }))
  })
})
