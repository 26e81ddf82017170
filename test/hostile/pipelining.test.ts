import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, toHead } from './rawRequests.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
afterEach(() => {
  world.upstream.requests.length = 0
})

const head = (target: string, ...lines: string[]) =>
  toHead({ host: `localhost:${world.port}`, target, lines })
const seen = () => world.upstream.requests.map(({ url }) => url)

test('a handshake behind an unanswered request ends neither the process nor the answer', async () => {
  for (const target of ['/public/socket', '/socket', '/.postern/session']) {
    const bytes = head('/public/first') + head(target, ...handshakeLines)
    const { statuses, text } = await exchangeRaw(world.port, bytes)
    expect(statuses).toEqual([200])
    expect(text).toMatch(/\r\nConnection: close\r\n/)
  }
  expect(seen()).toEqual(['/public/first', '/public/first', '/public/first'])
})

test('CONNECT is not answered in the place of the request before it', async () => {
  const connect = toHead({ host: 'a', method: 'CONNECT', target: 'evil.example:443' })
  const { statuses } = await exchangeRaw(world.port, head('/public/first') + connect)
  expect(statuses).toEqual([200])
  expect(seen()).toEqual(['/public/first'])
})

test.each([
  ['a coding in HTTP/1.0', 'Transfer-Encoding: chunked'],
  ['two Authorization fields', 'Authorization: Basic YTpi\r\nAuthorization: Bearer a'],
  ['an expectation', 'Expect: a-miracle'],
  ['a Host that is none', 'Host: a b'],
])('nothing behind a head that is refused for %s reaches the upstream', async (_case, lines) => {
  const refused = head('/public/first', 'Connection: keep-alive', lines)
  const first = lines.startsWith('Transfer') ? refused.replace('HTTP/1.1', 'HTTP/1.0') : refused
  const chunks = lines.startsWith('Transfer') ? '0\r\n\r\n' : ''
  const bytes = first + chunks + head('/public/second') + head('/public/ws', ...handshakeLines)
  const { statuses } = await exchangeRaw(world.port, bytes)
  expect(statuses).toHaveLength(1)
  expect(statuses[0]).toBeGreaterThanOrEqual(400)
  expect(seen()).toEqual([])
})
