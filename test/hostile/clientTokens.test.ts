// The tokens that Postern gets for callers are judged like those that callers bring.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { fieldsSeenBy, jsonOf, until } from '../gateway/steps.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { leaveUnsigned, startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'

let rogue: RogueIssuer
let world: World

beforeEach(async () => {
  rogue = await startRogueIssuer()
  world = await startWorld({
    config: {
      providers: [
        {
          id: 'machines',
          issuer: rogue.issuer,
          bearer: { audiences: [rogueApi], dpop: {} },
          clientCredentials: {},
        },
      ],
    },
    routes: [
      {
        match: { path: '/**' },
        authenticate: ['client-credentials'],
        require: { principal: 'client' },
        upstream: 'app',
        identity: { preset: 'none', headers: { 'X-Client': 'client_id', 'X-Sub': 'sub' } },
      },
    ],
  })
  await until(
    async () => (await world.browser().request(`${world.adminUrl}/readyz`)).status === 200,
  )
})
afterEach(async () => {
  await world.stop()
  await rogue.stop()
})

function call(): Promise<HttpAnswer> {
  const value = `Basic ${Buffer.from('robot:secret').toString('base64')}`
  return world.browser().request(`${world.publicUrl}/x`, { fields: ['Authorization', value] })
}

function issue(accessToken: string): void {
  const members = { id_token: undefined, refresh_token: undefined, scope: 'root' }
  rogue.tokenAnswer = { ...members, access_token: accessToken }
}

test('a sound one lets the client in, though it has a subject of its own making', async () => {
  issue(
    await makeAccessToken(rogue, { claims: { sub: 'service account 7', client_id: undefined } }),
  )
  expect((await call()).status).toBe(200)
  expect(fieldsSeenBy(world.upstream.requests[0]!)).toMatchObject({
    'x-client': 'robot',
    'x-sub': 'service account 7',
  })
})

test.each([
  ['is bound to a key', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }],
  [
    'is bound to a certificate',
    { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } },
  ],
  ['is for another API', { aud: 'https://elsewhere.example' }],
  ['is of another issuer', { iss: 'https://elsewhere.example' }],
  ['is over', { exp: 1 }],
])('one that %s is of no use to a caller who has nothing else: 403', async (_name, claims) => {
  issue(await makeAccessToken(rogue, { claims }))
  for (let time = 0; time < 2; time += 1) {
    const answer = await call()
    expect([answer.status, jsonOf(answer)['code']]).toEqual([403, 'access_denied'])
  }
  expect(rogue.counts.token).toBe(1)
  expect(world.upstream.requests).toEqual([])
})

test.each([
  ['unsigned', () => leaveUnsigned({ iss: rogue.issuer, aud: rogueApi, sub: 'robot' })],
  ['opaque', () => 'an-opaque-token'],
])('one that is %s says nothing that could be believed: 403', async (_name, make) => {
  issue(make())
  expect((await call()).status).toBe(403)
  expect(world.upstream.requests).toEqual([])
})
