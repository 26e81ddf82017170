// A WebSocket outlives the access token that opened it, unless somebody ends it: nothing more is judged on it.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeAccessToken, rogueApi } from '../support/accessTokens.ts'
import { createTurnableClock, type TurnableClock } from '../support/clock.ts'
import { connectRaw, type RawConnection } from '../support/rawUpstream.ts'
import { startRogueIssuer, type RogueIssuer } from '../support/rogueIssuer.ts'
import { startWorld, type World } from '../support/world.ts'
import { handshakeLines, toHead } from './rawRequests.ts'

let rogue: RogueIssuer
let clock: TurnableClock
let world: World

beforeAll(async () => {
  rogue = await startRogueIssuer()
})
afterAll(() => rogue.stop())
beforeEach(async () => {
  clock = createTurnableClock()
  const { issuer } = rogue
  const asking = { issuer, clientId: 'postern', clientSecret: 'secret', signIn: false }
  const audiences = [rogueApi]
  world = await startWorld({
    clock,
    config: {
      providers: [
        { id: 'jwt', issuer, bearer: { audiences } },
        { id: 'asked', ...asking, bearer: { validation: 'introspection', audiences } },
        { id: 'basic', issuer, clientCredentials: { cacheTime: '10s' } },
      ],
    },
    routes: [
      ...['jwt', 'asked'].map((id) => ({
        match: { path: `/${id}` },
        authenticate: ['bearer' as const],
        providers: [id],
        upstream: 'app',
      })),
      {
        match: { path: '/basic' },
        authenticate: ['client-credentials'],
        providers: ['basic'],
        upstream: 'app',
      },
    ],
  })
  return () => world.stop()
})

async function open(path: string, authorization: string): Promise<RawConnection> {
  const socket = connectRaw(world.port)
  const lines = [...handshakeLines, `Authorization: ${authorization}`]
  socket.send(toHead({ host: `localhost:${world.port}`, target: path, lines }))
  await socket.waitFor('101 Switching Protocols')
  return socket
}

const now = (): number => Math.floor(Date.now() / 1000)
const makeToken = (exp: number): Promise<string> => makeAccessToken(rogue, { claims: { exp } })

describe('a WebSocket ends', () => {
  test('with the JWT that it was opened with, and not with that of another', async () => {
    const [short, long] = await Promise.all([makeToken(now() + 300), makeToken(now() + 900)])
    const first = await open('/jwt', `Bearer ${short}`)
    const again = await open('/jwt', `Bearer ${short}`)
    const other = await open('/jwt', `Bearer ${long}`)
    clock.forward(310)
    await Promise.all([first.waitForClose(), again.waitForClose()])
    expect(other.isClosed).toBe(false)
    clock.forward(600)
    await other.waitForClose()
  })

  test('with the opaque token that it was opened with', async () => {
    const exp = now() + 300
    rogue.introspection = { active: true, sub: 'service', aud: rogueApi, exp, token_type: 'Bearer' }
    const short = await open('/asked', 'Bearer short')
    rogue.introspection = { ...rogue.introspection, exp: exp + 600 }
    const long = await open('/asked', 'Bearer long')
    clock.forward(310)
    await short.waitForClose()
    expect(long.isClosed).toBe(false)
  })

  test.each([
    ['with the token that its client was given', 300],
    ['where nobody names the end of that, when the client would have to ask again', undefined],
  ])('%s', async (_name, expires_in) => {
    rogue.tokenAnswer = { expires_in, id_token: undefined }
    const socket = await open('/basic', `Basic ${Buffer.from('a:b').toString('base64')}`)
    clock.forward(expires_in ?? 10)
    await socket.waitForClose()
  })
})
