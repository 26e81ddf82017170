import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pagesSchema } from '../../../src/config/schema/pages.ts'
import { providerSchema } from '../../../src/config/schema/provider.ts'
import { catalogue, rowOf, type RefusalCode } from '../../../src/errors/catalogue.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { createRefuse } from '../../../src/errors/refusal.ts'
import { createRespondPage } from '../../../src/pages/respondPage.ts'
import type { ReceivedRequest, RequestRecord } from '../../../src/request.ts'
import { createLog } from '../../../src/telemetry/log.ts'
import { createHttpClient, type HttpAnswer } from '../../support/httpClient.ts'

const providers = [
  { id: 'staff', issuer: 'https://staff.example', clientId: 'c', displayName: 'Staff & more' },
  { id: 'partners', issuer: 'https://partners.example', clientId: 'c' },
  { id: 'api', issuer: 'https://api.example' },
].map((provider) => {
  const { clientSecret: _, ...rest } = providerSchema.parse(provider)
  return rest
})
const config = { publicUrl: 'https://app.example.com', prefix: '/.postern', providers }
const isCode = (name: string): name is RefusalCode => name in catalogue
const codes = Object.keys(catalogue).filter(isCode)

let error: unknown
let records: RequestRecord[]
let sessionId: string | undefined
const server = createServer((incoming, response) => {
  const record: RequestRecord = {
    id: '0123456789abcdef',
    routeName: undefined,
    principal: undefined,
    sessionId,
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
    receivedAt: 0,
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
  respondPage: createRespondPage(pagesSchema.parse({})),
})

let origin: string
beforeEach(async () => {
  records = []
  sessionId = undefined
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
  target = '/orders?page=2',
): Promise<HttpAnswer> {
  error = refusal
  return client.request(origin + target, { method, fields })
}
const asPerson = ['Accept', 'text/html', 'Sec-Fetch-Mode', 'navigate']

/** Class, place and words of each action of the page. */
const offers = async (refusal: GatewayError, target?: string) => {
  const { text } = await ask(refusal, asPerson, 'GET', target)
  const links = text.matchAll(/class="(action[^"]*)" href="([^"]*)">([^<]*)/g)
  return [...links].map((link) => link.slice(1))
}

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
    const realm = `realm="${config.publicUrl}"`
    const suffix = challenge === undefined || challenge === 'none' ? '' : `, error="${challenge}"`
    const expected =
      challenge === 'basic' ? `Basic ${realm}, charset="UTF-8"` : `Bearer ${realm}${suffix}`
    expect(answer.headers['www-authenticate']).toBe(challenge && expected)
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
    const start = '/.postern/login?rd=%2F'
    expect(await offer('login_refused', 'GET', start)).toEqual([start, 'Start again'])
    expect(await offer('upstream_timeout')).toEqual(['', 'Try again'])
    expect(await offer('upstream_timeout', 'POST')).toBeUndefined()
    expect(await offer('route_not_found')).toBeUndefined()
    expect(await offer('logout_incomplete')).toBeUndefined()
    expect(await offer('wrong_password', 'POST', '/login')).toEqual(['/login', 'Back to the form'])
  })

  test.each([
    ['https://app.example.com/order?id=7', ['/order', 'Go back']],
    ['https://app.example.com/', ['/', 'Go to the start page']],
    ['https://evil.example/', undefined],
    ['https://app.example.com/.postern/sign-in?rd=%2F', undefined],
  ])('of a form that was sent from %s offers the way back to %j', async (referer, way) => {
    const error = new GatewayError('content_too_large', '')
    const { text } = await ask(error, [...asPerson, 'Referer', referer], 'POST')
    expect(/class="action[^"]*" href="([^"]*)">([^<]+)/.exec(text)?.slice(1)).toEqual(way)
  })

  test.each([
    [0.2, '1 second'],
    [90, '90 seconds'],
    [121, '3 minutes'],
    [86_400, '24 hours'],
  ])('says after %d s in words when to try again: %s', async (retryAfterSeconds, words) => {
    const error = new GatewayError('too_many_attempts', '', { retryAfterSeconds })
    expect((await ask(error, asPerson)).text).toContain(`<p>Try again in ${words}.</p>`)
  })

  test.each(['access_denied', 'insufficient_scope'] as const)(
    '%s of a person offers another account and the start page',
    async (code) => {
      sessionId = 'a-session'
      const start = ['/', 'Go to the start page']
      const other = ['/.postern/logout', 'Sign out to switch accounts']
      expect(await offers(new GatewayError(code, ''))).toEqual([
        ['action', ...start],
        ['action quiet', ...other],
      ])
      expect(await offers(new GatewayError(code, ''), '/')).toEqual([
        ['action quiet', '/.postern/logout', 'Sign out to switch accounts'],
      ])
      sessionId = undefined
      expect(await offers(new GatewayError(code, ''))).toEqual([['action', ...start]])
    },
  )

  test('for a sign-in with the wrong provider offers those that count, by name', async () => {
    sessionId = 'a-session'
    const refusal = new GatewayError('access_denied', '', { providers: ['api', 'staff'] })
    const loginUrl = '/.postern/login?rd=%2Forders%3Fpage%3D2&provider=staff'
    expect(await offers(refusal)).toEqual([
      ['action', loginUrl.replace('&', '&amp;'), 'Sign in with Staff &amp; more'],
      ['action quiet', '/', 'Go to the start page'],
    ])
    expect((await ask(refusal)).json()).toMatchObject({ login_url: loginUrl })

    const several = new GatewayError('access_denied', '', { providers: ['staff', 'partners'] })
    expect((await offers(several)).map(([, , label]) => label)).toEqual([
      'Sign in with Staff &amp; more',
      'Sign in with partners',
      'Go to the start page',
    ])
    expect((await ask(several)).json()).not.toHaveProperty('login_url')
  })

  test('of another site leads to the start page', async () => {
    expect(await offers(new GatewayError('origin_not_allowed', ''))).toEqual([
      ['action', '/', 'Go to the start page'],
    ])
  })

  test('for a fault of the set-up does not send anybody round once more', async () => {
    expect(await offers(new GatewayError('login_misconfigured', ''))).toEqual([])
    expect(rowOf('login_misconfigured').advice).not.toMatch(/again/)
  })

  test('names the request as its log line does: page, problem details and field', async () => {
    const id = '0123456789abcdef'
    const page = await ask(new GatewayError('access_denied', ''), asPerson)
    expect(page.text).toContain(`Request <code>${id}</code>`)
    const problem = await ask(new GatewayError('access_denied', ''))
    expect(problem.json()).toMatchObject({ instance: `urn:postern:request:${id}` })
    for (const answer of [page, problem]) expect(answer.headers['x-request-id']).toBe(id)
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
