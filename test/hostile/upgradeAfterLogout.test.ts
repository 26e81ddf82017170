// A WebSocket handshake that is still being judged when its session ends.

import { expect, test } from 'vitest'
import { open, until } from '../gateway/steps.ts'
import { connectRaw } from '../support/rawUpstream.ts'
import { startRedis } from '../support/redis.ts'
import { startWorld } from '../support/world.ts'
import { handshakeLines, toHead } from './rawRequests.ts'

test('a WebSocket whose session ended while its handshake was judged is not opened', async () => {
  await using stack = new AsyncDisposableStack()
  const redis = await startRedis()
  stack.defer(() => redis.stop())
  const world = stack.use(
    await startWorld({
      sessions: { store: 'memory', redis: { url: redis.url, commandTimeout: '10s' } },
      routes: [
        {
          match: { path: '/socket' },
          maxConcurrency: 9,
          quotas: [{ by: 'subject', limit: 99, per: 'day' }],
          upstream: 'app',
        },
        { match: { path: '/**' }, upstream: 'app' },
      ],
    }),
  )
  const { client } = await world.signIn('alice', '/x')
  const lines = [
    ...handshakeLines,
    `Cookie: ${client.cookies.fieldFor(world.publicUrl)}`,
    `Origin: ${world.publicUrl}`,
  ]
  const head = toHead({ host: `localhost:${world.port}`, target: '/socket', lines })

  const before = connectRaw(world.port)
  before.send(head)
  await before.waitFor('101 Switching Protocols')
  stack.defer(() => redis.resume())
  redis.pause()
  const during = connectRaw(world.port)
  during.send(head)
  await until(async () => {
    const { text } = await world.browser().request(`${world.adminUrl}/metrics`)
    return text.includes('postern_route_requests{route="/socket"} 2')
  })
  await open(client, `${world.publicUrl}/.postern/logout`)
  await before.waitForClose()
  redis.resume()
  await until(() => during.isClosed || during.received !== '')
  expect(during.received).toBe('')
  expect(world.upstream.requests.filter(({ isUpgrade }) => isUpgrade)).toHaveLength(1)

  const again = await world.signIn('alice', '/x')
  const after = connectRaw(world.port)
  after.send(
    head.replace(/Cookie: .*/, `Cookie: ${again.client.cookies.fieldFor(world.publicUrl)}`),
  )
  await after.waitFor('101 Switching Protocols')
  after.socket.destroy()
})
