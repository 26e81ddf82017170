import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawExchange, type HttpAnswer } from '../support/httpClient.ts'
import { startWorld, type World } from '../support/world.ts'

const spa = 'https://spa.example'

let world: World

beforeAll(async () => {
  const route = { access: 'public', upstream: 'app', maxBodySize: '1KiB' } as const
  world = await startWorld({
    routes: [
      { match: { path: '/small/**' }, ...route },
      { match: { path: '/small/cors/**' }, ...route, cors: { origins: [spa] } },
      { match: { path: '/none/**' }, ...route, maxBodySize: '0B' },
      { match: { path: '/signed-in/**' }, upstream: 'app', maxBodySize: '1KiB' },
      { match: { path: '/**' }, access: 'public', upstream: 'app' },
    ],
  })
})

afterAll(() => world.stop())

function post(path: string, size: number, fields: readonly string[] = []): Promise<HttpAnswer> {
  const body = 'x'.repeat(size)
  return world.browser().request(world.publicUrl + path, { method: 'POST', body, fields })
}

function head(path: string, ...fields: string[]): string {
  return [`POST ${path} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n')
}

function chunk(size: number): string {
  return `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
}

test('a body up to the limit is forwarded whole', async () => {
  for (const size of [0, 1, 1024]) {
    const answer = await post('/small/x', size)
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({ bodySize: size })
  }
})

test('a body that announces more is 413, and nothing of the request is forwarded', async () => {
  const before = world.upstream.requests.length
  const answer = await post('/small/x', 1025)
  expect(answer.status).toBe(413)
  expect(answer.json()).toMatchObject({ code: 'content_too_large' })
  expect((await post('/none/x', 1)).status).toBe(413)
  expect(world.upstream.requests).toHaveLength(before)
})

test('who waits for 100 Continue is told before sending anything', async () => {
  const request = head('/small/x', 'Content-Length: 99999', 'Expect: 100-continue')
  const text = await rawExchange(world.port, request)
  expect(text).toMatch(/^HTTP\/1\.1 413 /)
})

test('a body that grows beyond it is 413, and the application never sees it end', async () => {
  const before = world.upstream.requests.length
  const request = head('/small/x', 'Transfer-Encoding: chunked') + chunk(1000)
  const socket = connect(world.port, '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))
  socket.write(request)
  await expect.poll(() => world.upstream.requests.length).toBe(before + 1)
  socket.write(chunk(25))
  await once(socket, 'close')
  expect(received).toMatch(/^HTTP\/1\.1 413 /)
  expect(received).toContain('"code":"content_too_large"')
  const recorded = world.upstream.requests.at(-1)!
  await expect.poll(() => recorded.wasAborted).toBe(true)
  expect(recorded.bodySha256).toBe('')
})

test('a body in chunks up to the limit is forwarded whole', async () => {
  const fields = ['Transfer-Encoding: chunked', 'Connection: close']
  const request = head('/small/x', ...fields) + chunk(1000) + chunk(24) + '0\r\n\r\n'
  const text = await rawExchange(world.port, request)
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
  expect(text).toContain('"bodySize":1024')
})

test('the connection is of use again after a small body that was too large', async () => {
  const request = (size: number, ...fields: string[]): string =>
    head('/small/x', `Content-Length: ${size}`, ...fields) + 'x'.repeat(size)
  const text = await rawExchange(world.port, request(1025) + request(5, 'Connection: close'))
  expect(text).toMatch(/^HTTP\/1\.1 413 [^]*HTTP\/1\.1 200 /)
  expect(text).toContain('"bodySize":5')
})

test('whoever is not signed in learns that first', async () => {
  expect((await post('/signed-in/x', 5000)).status).toBe(401)
})

test('a script of a listed origin can read the refusal', async () => {
  const answer = await post('/small/cors/x', 5000, ['Origin', spa])
  expect(answer.status).toBe(413)
  expect(answer.headers['access-control-allow-origin']).toBe(spa)
})

test('a route without a limit takes any size', async () => {
  const answer = await post('/x', 3_000_000)
  expect(answer.json()).toMatchObject({ bodySize: 3_000_000 })
})
