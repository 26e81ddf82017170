// Threat: an application that writes links to the host that it is asked for, as in a letter about a new password, writes
// them to the host of whoever asks.

import { expect, test } from 'vitest'
import { fieldsSeenBy } from '../gateway/steps.ts'
import { startUpstream } from '../support/upstream.ts'
import { startWorld } from '../support/world.ts'

test('a host that no route names reaches no application', async () => {
  await using world = await startWorld({
    routes: [
      { match: { host: 'localhost', path: '/reset' }, access: 'public', upstream: 'app' },
      { match: { host: '*.example.com', path: '/**' }, upstream: 'app' },
    ],
  })
  const ask = (host: string) =>
    world.browser().request(`${world.publicUrl}/reset`, { method: 'POST', fields: ['Host', host] })
  for (const host of ['evil.example', 'localhost.evil.example', 'example.com', '127.0.0.1']) {
    expect((await ask(host)).status).toBe(404)
  }
  expect((await ask('localhost@evil.example')).status).toBe(400)
  expect(world.upstream.requests).toEqual([])
  expect((await ask('localhost')).status).toBe(200)
})

test('with preserveHost: false an application finds its own address in Host, whatever is asked for', async () => {
  const upstream = await startUpstream()
  await using world = await startWorld({
    upstream,
    routes: [{ match: { path: '/**' }, access: 'public', upstream: 'app' }],
    config: { upstreams: { app: { url: upstream.url, preserveHost: false } } },
  })
  await world.browser().request(`${world.publicUrl}/`, { fields: ['Host', 'evil.example'] })
  const seen = fieldsSeenBy(upstream.requests[0]!)
  expect(seen['host']).toBe(`127.0.0.1:${upstream.port}`)
  expect(seen['x-forwarded-host']).toBe('evil.example')
  await upstream.close()
})
