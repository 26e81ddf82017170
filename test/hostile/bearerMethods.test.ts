// Access tokens in other places than the Authorization field: two of them, in odd spellings, or brought along by a
// browser that another site steers.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { fieldsSeenBy, problemOf } from '../gateway/steps.ts'
import { openWebSocket } from '../gateway/webSocket.ts'

let rogue: RogueIssuer
let world: World
let token: string

const all = { header: 'X-Api-Token', cookie: 'api', basic: true, query: true }

beforeAll(async () => {
  rogue = await startRogueIssuer()
  const route = (path: string, further: object): ConfigInput['routes'][number] => ({
    match: { path: `/${path}/**` },
    authenticate: ['bearer'],
    upstream: 'app',
    ...further,
  })
  world = await startWorld({
    config: {
      providers: [{ id: 'rogue', issuer: rogue.issuer, bearer: { audiences: [rogueApi] } }],
    },
    routes: [
      route('header', { bearerMethods: { header: 'X-Api-Token' } }),
      route('cookie', {
        bearerMethods: { cookie: 'api' },
        cors: { origins: ['https://spa.example', 'https://reader.example'], credentials: true },
        websocketOrigins: ['https://spa.example'],
      }),
      route('anonymous', {
        bearerMethods: { cookie: 'api' },
        cors: { origins: ['https://reader.example'] },
      }),
      route('basic', { bearerMethods: { basic: true } }),
      route('query', { bearerMethods: { query: true } }),
      route('any', { bearerMethods: all }),
      route('passing', { bearerMethods: all, forwardAuthorization: true }),
      route('optional', { bearerMethods: all, access: 'optional' }),
      route('usual', {}),
    ],
  })
})
afterAll(async () => {
  await world.stop()
  await rogue.stop()
})
beforeEach(async () => {
  world.upstream.requests.splice(0)
  token = await makeAccessToken(rogue)
})

const ask = (path: string, fields: readonly string[] = [], method = 'GET'): Promise<HttpAnswer> =>
  world.browser().request(world.publicUrl + path, { fields, method })

const basic = (password: string, user = 'x-access-token'): string[] => [
  'Authorization',
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
]
const inHeader = (value = token) => ['X-Api-Token', value]
const inCookie = (value = token) => ['Cookie', `a=1; api=${value}; b=2`]
const inField = (value = token) => ['Authorization', `Bearer ${value}`]

function expectRefused(answer: HttpAnswer, status: number, code: string): void {
  expect([answer.status, problemOf(answer).code]).toEqual([status, code])
  expect(world.upstream.requests).toEqual([])
}

describe('a token passes', () => {
  test.each<[string, string, () => string[]]>([
    ['in the named header', '/header/x', () => inHeader()],
    ['in the named cookie', '/cookie/x', () => inCookie()],
    ['as the password of HTTP Basic', '/basic/x', () => basic(token)],
    ['as that of a user without a name', '/basic/x', () => basic(token, '')],
    ['in the Authorization field nevertheless', '/any/x', () => inField()],
  ])('%s, and the application never gets it', async (_name, path, fields) => {
    expect((await ask(path, fields())).status).toBe(200)
    const [request] = world.upstream.requests
    expect(fieldsSeenBy(request!)['x-forwarded-user']).toBe('service')
    expect(JSON.stringify([request!.rawHeaders, request!.url])).not.toContain(token)
  })

  test('with the other cookies left as they were', async () => {
    expect((await ask('/cookie/x', inCookie())).status).toBe(200)
    expect(world.upstream.requests[0]!.headers.cookie).toBe('a=1; b=2')
  })

  test('on to the application only where the route says so, and a query never', async () => {
    expect((await ask('/passing/x', inHeader())).status).toBe(200)
    expect((await ask('/passing/x', inCookie())).status).toBe(200)
    expect((await ask('/passing/x', basic(token))).status).toBe(200)
    expect((await ask(`/passing/x?access_token=${token}`)).status).toBe(200)
    const [one, two, three, four] = world.upstream.requests
    expect(one!.headers['x-api-token']).toBe(token)
    expect(two!.headers.cookie).toContain(token)
    expect(three!.headers.authorization).toBe(basic(token)[1])
    expect(four!.url).toBe('/passing/x')
  })
})

describe('a place that the route does not name', () => {
  test('is no place: nobody is asked about what stands there', async () => {
    for (const fields of [inHeader(), inCookie(), basic(token)]) {
      expectRefused(await ask('/usual/x', fields), 401, 'token_required')
    }
    expectRefused(await ask(`/usual/x?access_token=${token}`), 401, 'token_required')
    expectRefused(await ask(`/header/x?access_token=${token}`, inCookie()), 401, 'token_required')
  })

  test('keeps what the application is sent there', async () => {
    expect((await ask('/usual/x?access_token=y', [...inField(), ...inHeader('z')])).status).toBe(
      200,
    )
    expect(world.upstream.requests[0]!.url).toBe('/usual/x?access_token=y')
    expect(world.upstream.requests[0]!.headers['x-api-token']).toBe('z')
  })
})

describe('more than one token is 400', () => {
  test.each<[string, string, () => string[]]>([
    ['two fields', '', () => [...inHeader(), ...inHeader()]],
    ['two cookies', '', () => ['Cookie', `api=${token}; api=${token}`]],
    ['two cookie fields', '', () => [...inCookie(), ...inCookie()]],
    ['two parameters', '?access_token=a&access_token=b', () => []],
    ['two spellings of a parameter', '?access_token=a&access%5Ftoken=b', () => []],
    ['a field and Authorization', '', () => [...inHeader(), ...inField()]],
    ['a cookie and Authorization', '', () => [...inCookie(), ...inField()]],
    ['a cookie and Basic', '', () => [...inCookie(), ...basic(token)]],
    ['a field and a cookie', '', () => [...inHeader(), ...inCookie()]],
    ['a parameter and a field', '?access_token=a', () => inHeader()],
    ['a parameter and Authorization', '?access_token=a', () => inField()],
  ])('%s', async (_name, query, fields) => {
    expectRefused(await ask(`/any/x${query}`, fields()), 400, 'invalid_request')
    expectRefused(await ask(`/optional/x${query}`, fields()), 400, 'invalid_request')
  })
})

describe('a place with no token in it is 400', () => {
  test.each<[string, string, string[]]>([
    ['an empty field', '', ['X-Api-Token', '']],
    ['a field with a scheme', '', ['X-Api-Token', 'Bearer abc']],
    ['an empty cookie', '', ['Cookie', 'api=']],
    ['a cookie in quotes', '', ['Cookie', 'api="abc"']],
    ['Basic without a password', '', basic('')],
    ['Basic with a password that is none', '', basic('a b')],
    ['Basic without a colon', '', ['Authorization', 'Basic YWJj']],
    ['Basic that is no base64', '', ['Authorization', 'Basic :::']],
    ['Basic alone', '', ['Authorization', 'Basic']],
    ['an empty parameter', '?access_token=', []],
    ['a parameter without a value', '?access_token', []],
    ['a parameter with a space', '?access_token=a%20b', []],
    ['a parameter that cannot be decoded', '?access_token=%ff', []],
  ])('%s', async (_name, query, fields) => {
    expectRefused(await ask(`/any/x${query}`, fields), 400, 'invalid_request')
    expectRefused(await ask(`/optional/x${query}`, fields), 400, 'invalid_request')
  })
})

test('a bad token in any place is 401, also where nobody has to sign in', async () => {
  for (const fields of [inHeader('bad'), inCookie('bad'), basic('bad')]) {
    expectRefused(await ask('/optional/x', fields), 401, 'invalid_token')
  }
  expectRefused(await ask('/optional/x?access_token=bad'), 401, 'invalid_token')
})

describe('a header of another spelling', () => {
  test.each(['X_Api_Token', 'x-api--token', '_X-Api-Token'])(
    '%s is no token, and never reaches the application as one',
    async (name) => {
      expectRefused(await ask('/header/x', [name, token]), 401, 'token_required')
      expect((await ask('/header/x', [name, 'forged', ...inHeader()])).status).toBe(200)
      expect(JSON.stringify(world.upstream.requests[0]!.rawHeaders)).not.toContain('forged')
    },
  )
})

describe('a token in the query', () => {
  test.each([
    ['alone', '?access_token=TOKEN', ''],
    ['first', '?access_token=TOKEN&a=1&b=%20', '?a=1&b=%20'],
    ['last', '?a=1&b&access_token=TOKEN', '?a=1&b'],
    ['between', '?a=1&access_token=TOKEN&&b=2', '?a=1&&b=2'],
    ['in other letters', '?%61ccess%5ftoken=TOKEN&a=1', '?a=1'],
  ])('%s is taken out, and the rest left byte for byte', async (_name, query, left) => {
    expect((await ask(`/query/x${query.replace('TOKEN', token)}`)).status).toBe(200)
    expect(world.upstream.requests[0]!.url).toBe(`/query/x${left}`)
  })

  test('makes an answer that nobody keeps, whatever the application says', async () => {
    const answer = await ask(`/query/x?access_token=${token}`)
    expect(answer.headers['cache-control']).toBe('no-store')
    const other = await ask('/query/x', inField())
    expect(other.headers['cache-control']).toBe('private')
  })

  test('is in no line of the log', async () => {
    await ask(`/query/x?access_token=${token}`)
    await ask(`/query/x?access_token=${token}x`)
    expect(world.logText()).not.toContain(token.slice(0, 40))
  })
})

describe('a token in a cookie', () => {
  const asks = (path: string, method: string, fields: readonly string[]) =>
    ask(path, [...inCookie(), ...fields], method)

  test.each<[string, string[]]>([
    ['another site', ['Origin', 'https://evil.example']],
    [
      'another site that says to be ours',
      ['Origin', 'https://evil.example', 'Sec-Fetch-Site', 'same-origin'],
    ],
    ['nobody knows where', []],
    ['no origin', ['Origin', 'null']],
    ['another site, without Origin', ['Sec-Fetch-Site', 'cross-site']],
    ['a sibling', ['Sec-Fetch-Site', 'same-site']],
    ['the address bar', ['Sec-Fetch-Site', 'none']],
  ])('does not count for what changes something, from %s', async (_name, fields) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expectRefused(await asks('/cookie/x', method, fields), 403, 'origin_not_allowed')
    }
    expect((await asks('/cookie/x', 'GET', fields)).status).toBe(200)
  })

  test.each<[string, () => string[]]>([
    ['our own', () => ['Origin', world.publicUrl]],
    ['our own, without Origin', () => ['Sec-Fetch-Site', 'same-origin']],
    ['one that may call with cookies', () => ['Origin', 'https://spa.example']],
  ])('counts from a page of %s', async (_name, fields) => {
    expect((await asks('/cookie/x', 'POST', fields())).status).toBe(200)
  })

  test('does not count from an origin that may only call without', async () => {
    const answer = await asks('/anonymous/x', 'POST', ['Origin', 'https://reader.example'])
    expectRefused(answer, 403, 'origin_not_allowed')
  })

  test('opens a WebSocket only from our own origin, or a listed one', async () => {
    const open = (...lines: string[]) =>
      openWebSocket(world.port, '/cookie/socket', [`Cookie: api=${token}`, ...lines])
    expect(await open()).toBe(403)
    expect(await open('Origin: https://evil.example')).toBe(403)
    expect(await open('Sec-Fetch-Site: same-origin')).toBe(403)
    expect(world.upstream.requests).toEqual([])
    expect(await open(`Origin: ${world.publicUrl}`)).toBe(101)
    expect(await open('Origin: https://spa.example')).toBe(101)
  })

  test('leaves a token that was sent on purpose alone', async () => {
    expect((await ask('/cookie/x', inField(), 'POST')).status).toBe(200)
  })
})

test('a route with Basic asks for it', async () => {
  const { rawHeaders } = await ask('/basic/x')
  const challenges = rawHeaders.filter((_, at) => rawHeaders[at - 1] === 'WWW-Authenticate')
  const realm = `realm="${world.publicUrl}"`
  expect(challenges).toEqual([`Bearer ${realm}`, `Basic ${realm}`])
})
