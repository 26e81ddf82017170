import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { catalogue, rowOf, type RefusalCode } from '../../../src/errors/catalogue.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { createRefuse } from '../../../src/errors/refusal.ts'
import type { ReceivedRequest, RequestRecord } from '../../../src/request.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createHttpClient, type HttpAnswer } from '../../support/httpClient.ts'

const config = { publicUrl: 'https://app.example.com', prefix: '/.postern' }
const isCode = (name: string): name is RefusalCode => name in catalogue
const codes = Object.keys(catalogue).filter(isCode)

let error: unknown
let records: RequestRecord[]
const server = createServer((incoming, response) => {
  const record: RequestRecord = {
    routeName: undefined,
    principal: undefined,
    sessionId: undefined,
    refusal: undefined,
    detail: undefined,
    cause: undefined,
  }
  records.push(record)
  const received: ReceivedRequest = {
    method: incoming.method!,
    target: incoming.url!,
    fields: incoming.rawHeaders,
    client: { address: '', scheme: 'https', authority: '', forwardedFor: '' },
    cookies: undefined,
    isUpgrade: false,
    upgradeHead: Buffer.alloc(0),
    incoming,
    response,
    record,
  }
  refuse(received, error)
})
const refuse = createRefuse({
  config,
  log: createLog('silent'),
  clock: { now: () => 1_790_000_000 },
})

let origin: string
beforeEach(async () => {
  records = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  origin = `http://127.0.0.1:${address.port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const client = createHttpClient()
function ask(
  refusal: unknown,
  fields: readonly string[] = [],
  method = 'GET',
): Promise<HttpAnswer> {
  error = refusal
  return client.request(`${origin}/orders?page=2`, { method, fields })
}
const asPerson = ['Accept', 'text/html', 'Sec-Fetch-Mode', 'navigate']

/** Where the page's first action leads, and what it says. */
const offer = async (code: RefusalCode, method = 'GET', loginUrl?: string) => {
  const options = loginUrl === undefined ? {} : { loginUrl }
  const { text } = await ask(new GatewayError(code, '', options), asPerson, method)
  return /class="action" href="([^"]*)">([^<]*)/.exec(text)?.slice(1)
}

describe.each(codes)('%s', (code) => {
  test('is told to a program as problem details', async () => {
    const answer = await ask(new GatewayError(code, 'detail-for-the-log'))
    expect(answer.status).toBe(rowOf(code).status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json()).toMatchObject({
      type: `urn:postern:problem:${code}`,
      title: rowOf(code).title,
      status: rowOf(code).status,
      detail: rowOf(code).advice,
      code,
    })
    expect(answer.text).not.toContain('detail-for-the-log')
  })

  test('is told to a person as a page', async () => {
    const answer = await ask(new GatewayError(code, 'detail-for-the-log'), asPerson)
    expect(answer.status).toBe(rowOf(code).status)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.text).toContain(rowOf(code).title)
    expect(answer.text).toContain(code)
    expect(answer.text).not.toContain('detail-for-the-log')
  })

  test('has a challenge where its status or the catalogue asks for one', async () => {
    const answer = await ask(new GatewayError(code, ''))
    const { challenge, status } = rowOf(code)
    expect(status === 401 && challenge === undefined).toBe(false)
    const suffix = challenge === undefined || challenge === 'none' ? '' : `, error="${challenge}"`
    expect(answer.headers['www-authenticate']).toBe(
      challenge && `Bearer realm="${config.publicUrl}"${suffix}`,
    )
  })
})

describe('a refusal', () => {
  test('carries what it was given: cookies, Allow, Retry-After, scopes', async () => {
    const answer = await ask(
      new GatewayError('insufficient_scope', '', {
        setCookies: ['a=1', 'b=2'],
        allow: ['GET', 'POST'],
        retryAfterSeconds: 1.2,
        scopes: ['orders:read', 'orders:write'],
      }),
    )
    expect(answer.setCookies).toEqual(['a=1', 'b=2'])
    expect(answer.headers.allow).toBe('GET, POST')
    expect(answer.headers['retry-after']).toBe('2')
    expect(answer.headers['www-authenticate']).toContain('scope="orders:read orders:write"')
  })

  test('of a request that needs a sign-in names the way to it', async () => {
    const asked = new GatewayError('login_required', '')
    expect((await ask(asked)).json()).toMatchObject({
      login_url: '/.postern/login?rd=%2Forders%3Fpage%3D2',
    })
    const form = await ask(asked, ['Referer', 'https://app.example.com/form?x#y'], 'POST')
    expect(form.json()).toMatchObject({ login_url: '/.postern/login?rd=%2Fform%3Fx%23y' })
    const foreign = await ask(asked, ['Referer', 'https://evil.example/form'], 'POST')
    expect(foreign.json()).toMatchObject({ login_url: '/.postern/login?rd=%2F' })
  })

  test('answers HEAD without a body', async () => {
    const answer = await ask(new GatewayError('access_denied', ''), [], 'HEAD')
    expect(answer.status).toBe(403)
    expect(answer.body).toHaveLength(0)
  })

  test('lets a page load nothing and run nothing, and be framed by nobody', async () => {
    const { headers } = await ask(new GatewayError('access_denied', ''), asPerson)
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    )
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  test('offers what helps', async () => {
    expect(await offer('login_required', 'GET', '/in?a&b')).toEqual(['/in?a&amp;b', 'Sign in'])
    expect(await offer('login_refused', 'GET', '/in')).toEqual(['/in', 'Start again'])
    expect(await offer('access_denied')).toEqual(['/.postern/logout', 'Sign out'])
    expect(await offer('upstream_timeout')).toEqual(['', 'Try again'])
    expect(await offer('upstream_timeout', 'POST')).toBeUndefined()
    expect(await offer('route_not_found')).toBeUndefined()
  })

  test('is in the record of the request, with its reason and its cause', async () => {
    const cause = new Error('underneath')
    await ask(new GatewayError('upstream_unreachable', 'refused', { cause }))
    expect(records.at(-1)).toMatchObject({
      refusal: 'upstream_unreachable',
      detail: 'refused',
      cause,
    })
  })
})

describe('a fault of the gateway', () => {
  test.each([
    new TypeError('secret-of-a-fault'),
    'secret-of-a-fault',
    undefined,
    null,
    { code: 'x' },
  ])('(%s) is 500, and says nothing of itself', async (fault) => {
    const answer = await ask(fault)
    expect(answer.status).toBe(500)
    expect(answer.json()).toMatchObject({ code: 'internal_error' })
    expect(answer.text).not.toContain('secret-of-a-fault')
    expect(records.at(-1)!.cause).toBe(fault)
  })

  test('in the refusal itself cuts the connection and throws nothing', async () => {
    const unsendable = new GatewayError('access_denied', '', { setCookies: ['a=\r\nb'] })
    await expect(ask(unsendable)).rejects.toThrow(/hang up|ECONNRESET/)
  })
})
