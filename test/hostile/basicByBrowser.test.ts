// Credentials of HTTP Basic that a browser was once given, and adds to whatever another site has it send: no SameSite
// keeps them at home.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { problemOf, until } from '../gateway/steps.ts'
import { openWebSocket } from '../gateway/webSocket.ts'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import type { HttpAnswer } from '../support/httpClient.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'

let rogue: RogueIssuer
let world: World
let token: string

beforeAll(async () => {
  rogue = await startRogueIssuer()
  rogue.tokenAnswer = { id_token: undefined, refresh_token: undefined }
  world = await startWorld({
    config: {
      providers: [
        { id: 'tokens', issuer: rogue.issuer, bearer: { audiences: [rogueApi] } },
        { id: 'secrets', issuer: rogue.issuer, clientCredentials: {} },
      ],
    },
    routes: [
      {
        match: { path: '/token' },
        authenticate: ['bearer'],
        providers: ['tokens'],
        bearerMethods: { basic: true },
        upstream: 'app',
      },
      {
        match: { path: '/secret' },
        authenticate: ['client-credentials'],
        providers: ['secrets'],
        upstream: 'app',
      },
    ],
  })
  token = await makeAccessToken(rogue)
  await until(
    async () => (await world.browser().request(`${world.adminUrl}/readyz`)).status === 200,
  )
})
afterAll(async () => {
  await world.stop()
  await rogue.stop()
})
beforeEach(() => void world.upstream.requests.splice(0))

const basic = (path: string): string => {
  const password = path === '/token' ? token : 'secret'
  return `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`
}

const send = (path: string, method: string, fields: readonly string[]): Promise<HttpAnswer> =>
  world.browser().request(world.publicUrl + path, {
    method,
    fields: ['Authorization', basic(path), ...fields],
  })

describe.each(['/token', '/secret'])('Basic at %s', (path) => {
  test.each<[string, string[]]>([
    ['another site', ['Origin', 'https://evil.example', 'Sec-Fetch-Site', 'cross-site']],
    ['a page without an origin', ['Origin', 'null']],
    ['another site that hides its origin', ['Sec-Fetch-Site', 'cross-site']],
    ['a sibling of ours', ['Sec-Fetch-Site', 'same-site']],
  ])('does not count for what %s has a browser send', async (_name, fields) => {
    for (const method of ['POST', 'DELETE']) {
      const answer = await send(path, method, fields)
      expect([answer.status, problemOf(answer).code]).toEqual([403, 'origin_not_allowed'])
    }
    expect(world.upstream.requests).toEqual([])
  })

  test('opens no WebSocket for another site', async () => {
    const lines = [`Authorization: ${basic(path)}`, 'Origin: https://evil.example']
    expect(await openWebSocket(world.port, path, lines)).toBe(403)
  })

  test('counts for programs, for our own pages, and for what is merely read', async () => {
    expect((await send(path, 'POST', [])).status).toBe(200)
    expect((await send(path, 'POST', ['Origin', world.publicUrl])).status).toBe(200)
    expect((await send(path, 'GET', ['Sec-Fetch-Site', 'cross-site'])).status).toBe(200)
    expect(world.upstream.requests).toHaveLength(3)
  })
})
