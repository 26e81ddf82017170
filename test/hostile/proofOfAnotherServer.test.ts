// A proof of possession that a caller made for another server, in the hands of that server. It holds a good token, a
// proof that was never used, and may write any Host it likes: only what this gateway is known by counts.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { problemOf } from '../gateway/steps.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import { createAuthority, type TestAuthority } from '../support/certificates.ts'
import { createProofKey, makeProof, type ProofKey } from '../support/dpop.ts'
import { createHttpClient, type HttpAnswer } from '../support/httpClient.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'

const publicUrl = 'https://api.example.com'
const dealer = 'https://dealer.example'

let authority: TestAuthority
let rogue: RogueIssuer
/** Ends TLS itself; stands behind a proxy that hands on whatever its clients write. */
let direct: World
let behind: World
let key: ProofKey
let token: string

beforeAll(async () => {
  authority = createAuthority()
  rogue = await startRogueIssuer()
  const { certificate, key: file } = authority.sign('server')
  const start = (listen: object): Promise<World> =>
    startWorld({
      config: {
        publicUrl,
        listen,
        protectedResources: ['https://invoices.example.com'],
        providers: [
          { id: 'api', issuer: rogue.issuer, bearer: { audiences: [rogueApi], dpop: {} } },
        ],
      },
      routes: [
        { match: { path: '/**' }, authenticate: ['bearer'], upstream: 'app' },
        {
          match: { host: '*.tenants.example.com', path: '/**' },
          authenticate: ['bearer'],
          upstream: 'app',
        },
      ],
    })
  direct = await start({ tls: { certificate, key: file } })
  behind = await start({ trustedProxies: ['127.0.0.1'] })
  key = await createProofKey()
  token = await makeAccessToken(rogue, { claims: { cnf: { jkt: key.jkt } } })
})
afterAll(async () => {
  await Promise.all([direct.stop(), behind.stop(), rogue.stop()])
  authority[Symbol.dispose]()
})
beforeEach(() => {
  for (const { upstream } of [direct, behind]) upstream.requests.splice(0)
})

/** As whoever got a proof for `origin` would send it. */
async function replay(
  world: World,
  origin: string,
  fields: readonly string[] = ['Host', new URL(origin).host],
): Promise<HttpAnswer> {
  const proof = await makeProof(key, { url: `${origin}/v1/7`, token })
  const tls = world === direct ? { tls: { ca: authority.ca } } : {}
  return createHttpClient({ ports: { [publicUrl]: world.port }, ...tls }).request(
    `${publicUrl}/v1/7`,
    { fields: [...fields, 'Authorization', `DPoP ${token}`, 'DPoP', proof] },
  )
}

function expectRefused(answer: HttpAnswer, world: World): void {
  expect([answer.status, problemOf(answer).code]).toEqual([401, 'invalid_dpop_proof'])
  expect(world.upstream.requests).toEqual([])
}

describe('a proof for another server is refused', () => {
  test('with the Host of that server', async () => {
    expectRefused(await replay(direct, dealer), direct)
    expectRefused(await replay(direct, 'https://tenants.example.com'), direct)
    expectRefused(await replay(direct, `${publicUrl}:8443`), direct)
    expectRefused(await replay(behind, 'http://dealer.example'), behind)
  })

  test.each([
    ['X-Forwarded-Host', ['X-Forwarded-Host', 'dealer.example', 'X-Forwarded-Proto', 'https']],
    ['Forwarded', ['Forwarded', 'for=192.0.2.1;host=dealer.example;proto=https']],
  ])('with %s through a proxy that hands it on', async (_name, fields) => {
    expectRefused(await replay(behind, dealer, fields), behind)
  })

  test('with fields that are for proxies, from somebody who is none', async () => {
    const fields = ['X-Forwarded-Host', 'dealer.example', 'Forwarded', 'host=dealer.example']
    expectRefused(await replay(direct, dealer, fields), direct)
  })
})

describe('a proof counts for', () => {
  test.each([
    ['the public URL', publicUrl],
    ['the URL of a protected resource', 'https://invoices.example.com'],
    ['a host that the route names', 'https://one.tenants.example.com'],
  ])('%s', async (_name, origin) => {
    expect((await replay(direct, origin)).status).toBe(200)
    const host = new URL(origin).host
    const fields = ['X-Forwarded-Host', host, 'X-Forwarded-Proto', 'https']
    expect((await replay(behind, origin, fields)).status).toBe(200)
  })
})
