import { createServer } from 'node:http'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { IssuerUnavailable } from '../../../../src/oidc/issuer/faults.ts'
import { createIssuerFetch } from '../../../../src/oidc/issuer/issuerFetch.ts'
import {
  drip,
  empty,
  hangUp,
  html,
  huge,
  json,
  redirect,
  type Answer,
} from '../../../support/rogueAnswers.ts'
import { startRogueIssuer, type RogueIssuer } from '../../../support/rogueIssuer.ts'

const get = { method: 'GET', headers: { accept: 'application/json' } }
const fetch = createIssuerFetch({ allowHttp: true })

let rogue: RogueIssuer
beforeEach(async () => {
  rogue = await startRogueIssuer()
})
afterEach(() => rogue.stop())

function ask(answer: Answer, timeout = 5000): Promise<Response> {
  rogue.answers.userinfo = answer
  return createIssuerFetch({ allowHttp: true, timeout })(`${rogue.issuer}/userinfo`, get)
}

function bytes(status: number, body: Buffer, fields: Record<string, string> = {}): Answer {
  return (_request, response) => void response.writeHead(status, fields).end(body)
}

describe('an answer that cannot be used is no answer', () => {
  test.each<[string, Answer, string]>([
    ['a page in place of JSON', html(200), 'no JSON object'],
    ['nothing at all', empty, 'no JSON object'],
    ['a JSON list', json(200, [{ keys: [] }]), 'no JSON object'],
    ['JSON null', json(200, null), 'no JSON object'],
    ['text that is not UTF-8', bytes(200, Buffer.from([0x22, 0xff, 0x22])), 'ENCODING'],
    ['a compressed body that nobody asked for', bytes(200, gzipSync('{"a":1}')), 'ENCODING'],
    ['a page with status 502', html(502), 'answered 502'],
    ['a good-looking body with status 500', json(500, { access_token: 'x' }), 'answered 500'],
    ['an OAuth error with status 503', json(503, { error: 'invalid_grant' }), 'answered 503'],
    ['a page with status 404', html(404), 'answered 404'],
    ['a good-looking body with status 404', json(404, { keys: [] }), 'answered 404'],
    ['a throttled call', json(429, { error: 'slow_down' }), 'answered 429'],
    ['a good-looking body with status 201', json(201, { a: 1 }), 'answered 201'],
    ['a connection that is closed', hangUp, 'UND_ERR_SOCKET'],
    ['a body of 10 MB', huge, 'more than 1 MB'],
  ])('%s', async (_name, answer, reason) => {
    const failed = await ask(answer).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(IssuerUnavailable)
    expect(String(failed)).toContain(reason)
  })

  test('a body that drips is given up after the time limit, which counts for the whole call', async () => {
    const begun = performance.now()
    const failed = await ask(drip, 300).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(IssuerUnavailable)
    expect(String(failed)).toContain('in time')
    expect(performance.now() - begun).toBeLessThan(3000)
  })

  test('an issuer that is not there', async () => {
    await rogue.stop()
    const failed = await fetch(`${rogue.issuer}/userinfo?code=secret`, get).catch(String)
    expect(failed).toContain('ECONNREFUSED')
    expect(failed).not.toContain('secret')
  })
})

test('a redirect is not followed', async () => {
  const failed = await ask(redirect(`${rogue.issuer}/jwks`)).catch(String)
  expect(failed).toContain('answered 302')
  expect(rogue.counts.jwks).toBe(0)
})

test('an OAuth error can be read, and no challenge beside it hides it', async () => {
  const body = { error: 'invalid_client', error_description: 'no such client' }
  const response = await ask(json(401, body, { 'WWW-Authenticate': 'Basic realm="x"' }))
  expect(response.status).toBe(401)
  expect(response.headers.has('www-authenticate')).toBe(false)
  expect(await response.json()).toEqual(body)
})

test('plain http is refused unless it is allowed, before anything is sent', async () => {
  const strict = createIssuerFetch({ allowHttp: false })
  await expect(strict(`${rogue.issuer}/userinfo`, get)).rejects.toBeInstanceOf(IssuerUnavailable)
  expect(rogue.counts.userinfo).toBe(0)
})

test.each(['file:///etc/passwd', 'data:application/json,{}', 'ftp://localhost/'])(
  'a scheme other than http(s) is refused: %s',
  async (url) => {
    await expect(fetch(url, get)).rejects.toBeInstanceOf(IssuerUnavailable)
  },
)

test('a proxy of the environment is not used', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
  vi.stubEnv('http_proxy', 'http://127.0.0.1:1')
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
  try {
    expect((await ask(json(200, { a: 1 }))).status).toBe(200)
  } finally {
    vi.unstubAllEnvs()
  }
})

test('no connection serves two calls, so that no stray answer can reach the second', async () => {
  const ports = new Set<number | undefined>()
  await using server = createServer((request, response) => {
    ports.add(request.socket.remotePort)
    response.end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  for (let call = 0; call < 3; call += 1) await fetch(`http://127.0.0.1:${port}/`, get)
  expect(ports.size).toBe(3)
})
