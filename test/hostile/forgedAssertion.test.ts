// A client that says itself who it is, in the header that applications believe because it is signed.

import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateSigningJwk, parseSigningKey } from '../../src/crypto/signingKey.ts'
import { assertionsOf, createKeyFile, type KeyFile } from '../support/assertions.ts'
import type { HttpClient } from '../support/httpClient.ts'
import { spellingsOf, toLenientName } from '../support/spoofedNames.ts'
import { startWorld, type World } from '../support/world.ts'
import { exchangeRaw, handshakeLines, hasAnswers, toHead } from './rawRequests.ts'

const now = Math.floor(Date.now() / 1000)
const forged = forge()
const spellings = spellingsOf('X-Postern-Assertion')

let key: KeyFile
let signing: World
let plain: World

const routes = [
  { match: { path: '/public/**' }, access: 'public' as const, upstream: 'app' },
  { match: { path: '/optional/**' }, access: 'optional' as const, upstream: 'app' },
  { match: { path: '/**' }, upstream: 'app' },
]

beforeAll(async () => {
  key = await createKeyFile()
  const config = { assertion: { keys: [{ file: key.file }] }, identity: { assertion: {} } }
  signing = await startWorld({ routes, config })
  plain = await startWorld({ routes })
})
afterAll(async () => {
  await Promise.all([signing.stop(), plain.stop()])
  await key[Symbol.asyncDispose]()
})

/** As the gateway would write it, by a key of the client's own. */
function forge(): string {
  const parsed = parseSigningKey(generateSigningJwk())
  if ('fault' in parsed) throw new Error(parsed.fault)
  const claims = { iss: 'http://localhost', aud: 'app', sub: 'mallory', iat: now, exp: now + 300 }
  return parsed.key.signJwt('postern-assertion+jwt', claims)
}

/** The last request came, without what was forged, and tells of these people. */
function expectTold({ upstream }: World, subjects: readonly string[]): void {
  const recorded = upstream.requests.at(-1)!
  const { rawHeaders, rawTrailers } = recorded
  expect([...rawHeaders, ...rawTrailers].join('\n')).not.toContain(forged)
  const named = rawHeaders.filter(
    (name, at) => at % 2 === 0 && toLenientName(name) === 'x-postern-assertion',
  )
  expect(named).toEqual(subjects.map(() => 'X-Postern-Assertion'))
  expect(assertionsOf(recorded).map((jwt) => decodeJwt(jwt).sub)).toEqual(subjects)
}

async function sendEach(world: World, client: HttpClient, path: string, told: string[]) {
  for (const spelling of spellings) {
    const count = world.upstream.requests.length
    const fields = [spelling, forged, 'Accept', '*/*']
    const answer = await client.request(world.publicUrl + path, { fields })
    expect(answer.status).toBe(200)
    expect(world.upstream.requests).toHaveLength(count + 1)
    expectTold(world, told)
  }
}

test('there are more than ten spellings', () => {
  expect(spellings.length).toBeGreaterThan(10)
})

describe('a forged assertion never arrives, in any spelling', () => {
  test('where assertions are signed: the gateway’s own alone is sent', async () => {
    const { client: alice } = await signing.signIn('alice')
    await sendEach(signing, alice, '/page', ['alice'])
    await sendEach(signing, alice, '/optional/page', ['alice'])
    await sendEach(signing, alice, '/public/page', [])
  })

  test('where nobody is signed in', async () => {
    await sendEach(signing, signing.browser(), '/optional/page', [])
    await sendEach(signing, signing.browser(), '/public/page', [])
  })

  test('where no assertions are signed at all', async () => {
    const { client: alice } = await plain.signIn('alice')
    await sendEach(plain, alice, '/page', [])
    await sendEach(plain, plain.browser(), '/public/page', [])
  })

  test('in a WebSocket handshake', async () => {
    const { client: alice } = await signing.signIn('alice')
    const credentials = [
      `Cookie: ${alice.cookies.fieldFor(signing.publicUrl)}`,
      `Origin: ${signing.publicUrl}`,
    ]
    // Because all of them together are too much for one head.
    for (const part of [spellings.slice(0, 12), spellings.slice(12, 24), spellings.slice(24)]) {
      const lines = [
        ...handshakeLines,
        ...credentials,
        ...part.map((spelling) => `${spelling}: ${forged}`),
      ]
      const head = toHead({ host: `localhost:${signing.port}`, target: '/socket', lines })
      const { statuses } = await exchangeRaw(signing.port, head, { until: hasAnswers(1) })
      expect(statuses).toEqual([101])
      expectTold(signing, ['alice'])
    }
  })

  test('in trailers', async () => {
    const { client: alice } = await signing.signIn('alice')
    const head = toHead({
      host: `localhost:${signing.port}`,
      method: 'POST',
      target: '/page',
      lines: [
        `Cookie: ${alice.cookies.fieldFor(signing.publicUrl)}`,
        'Transfer-Encoding: chunked',
        'Trailer: X-Postern-Assertion',
        'Connection: close',
      ],
    })
    const body = ['2', 'hi', '0', `X-Postern-Assertion: ${forged}`, '', ''].join('\r\n')
    expect((await exchangeRaw(signing.port, head + body)).statuses).toEqual([200])
    expectTold(signing, ['alice'])
  })
})

test('a client that nominates the name in Connection does not take ours away', async () => {
  const { client: alice } = await signing.signIn('alice')
  const fields = ['Connection', 'close, X-Postern-Assertion', 'X-Postern-Assertion', forged]
  await alice.request(`${signing.publicUrl}/page`, { fields })
  expectTold(signing, ['alice'])
})
