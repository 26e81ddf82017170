import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BearerProvider } from '../../../../src/config/config.ts'
import { bearerSchema } from '../../../../src/config/schema/bearer.ts'
import type { z } from 'zod'
import {
  createResourceServer,
  type BackgroundResourceServer,
} from '../../../../src/oidc/accessTokens/createResourceServer.ts'
import {
  createIssuerChoice,
  type JudgeToken,
} from '../../../../src/oidc/accessTokens/issuerChoice.ts'
import { createWatchedFiles } from '../../../../src/files/watchedFiles.ts'
import type { AuthenticationResult } from '../../../../src/request.ts'
import { createMetrics, type Metrics } from '../../../../src/telemetry/metrics.ts'
import { makeAccessToken, rogueApi } from '../../../support/accessTokens.ts'
import { hangUp, type Answer } from '../../../support/rogueAnswers.ts'
import { startRogueIssuer, type RogueIssuer } from '../../../support/rogueIssuer.ts'
import {
  aProvider,
  createRecordedLog,
  createTurnableClock,
  type TurnableClock,
} from '../oidcWorld.ts'

let rogue: RogueIssuer
let clock: TurnableClock
let metrics: Metrics
let server: BackgroundResourceServer
let judgeToken: JudgeToken

beforeEach(async () => {
  rogue = await startRogueIssuer()
  clock = createTurnableClock()
})
afterEach(async () => {
  server.stop()
  await rogue.stop()
})

async function start(bearer: Partial<z.input<typeof bearerSchema>> = {}): Promise<void> {
  metrics = createMetrics()
  const log = createRecordedLog()
  const settings = bearerSchema.parse({ audiences: [rogueApi], ...bearer })
  const provider: BearerProvider = { ...aProvider(rogue.issuer), bearer: settings }
  server = createResourceServer({
    provider,
    clockSkew: 30_000,
    allowHttp: true,
    clock,
    log,
    files: createWatchedFiles(log),
    metrics,
  })
  judgeToken = createIssuerChoice([server], metrics)
  server.start()
  await expect.poll(() => server.isReady).toBe(true)
}

/** As a promise also where the answer is known. */
const judge = async (token: string): Promise<AuthenticationResult> => judgeToken(token)

async function outcomes(): Promise<Record<string, number>> {
  const { values } = await metrics.accessTokens.get()
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))
}

describe('what is known', () => {
  test('is answered at once, with the same principal each time', async () => {
    await start()
    const token = await makeAccessToken(rogue)
    const first = await judge(token)
    expect(first).toMatchObject({
      outcome: 'authenticated',
      principal: { kind: 'client', subject: 'service', scopes: ['invoices:read'] },
    })
    expect(judgeToken(token)).toBe(first)
    expect(await outcomes()).toMatchObject({ accepted: 1, known: 1 })
  })

  test('is judged once for all who bring it at the same time', async () => {
    await start()
    const token = await makeAccessToken(rogue)
    const results = await Promise.all([1, 2, 3].map(() => judge(token)))
    expect(new Set(results).size).toBe(1)
    expect(await outcomes()).toMatchObject({ accepted: 1 })
  })

  test('never keeps the token itself among the claims', async () => {
    await start()
    const token = await makeAccessToken(rogue)
    expect(JSON.stringify(await judge(token))).not.toContain(token)
  })
})

describe('calls to introspection', () => {
  const held: (() => void)[] = []
  const hold: Answer = (_request, response) =>
    void held.push(() => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"active":false}')
    })

  test('are 64 at a time, 256 wait, and whoever comes then is told to come back', async () => {
    await start({ validation: 'introspection' })
    rogue.answers.introspection = hold
    const waiting = Array.from({ length: 320 }, (_, at) => judge(`opaque-${at}`))
    await expect.poll(() => held.length).toBe(64)
    await expect(judge('one too many')).rejects.toMatchObject({ code: 'issuer_unavailable' })
    expect(rogue.counts.introspection).toBe(64)
    rogue.answers.introspection = (request, response) => {
      hold(request, response)
      held.pop()!()
    }
    for (const release of held.splice(0)) release()
    const verdicts = await Promise.all(waiting)
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(Array(320).fill('rejected'))
    expect(rogue.counts.introspection).toBe(320)
  })

  test('a call that fails says nothing about the token', async () => {
    await start({ validation: 'introspection' })
    rogue.answers.introspection = hangUp
    await expect(judge('opaque')).rejects.toMatchObject({ code: 'issuer_unavailable' })
    delete rogue.answers.introspection
    expect(await judge('opaque')).toMatchObject({ outcome: 'rejected', code: 'invalid_token' })
    expect(await outcomes()).toMatchObject({ unavailable: 1, inactive: 1 })
  })

  test('made-up tokens do not push out what is known of good ones', async () => {
    await start({ validation: 'introspection', introspection: { cacheTime: '1h' } })
    const exp = Math.floor(clock.now()) + 3600
    rogue.introspection = { active: true, sub: 'a', aud: rogueApi, exp, token_type: 'Bearer' }
    const good = await judge('good')
    rogue.introspection = { active: false }
    await Promise.all(Array.from({ length: 300 }, (_, at) => judge(`made-up-${at}`)))
    expect(judgeToken('good')).toBe(good)
  })
})

test('a bad token costs less than five milliseconds of the processor', async () => {
  await start()
  const claims = { iss: rogue.issuer, sub: 'x', aud: rogueApi, exp: clock.now() + 300 }
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = encode({ alg: 'ES256', kid: rogue.key.kid })
  const signature = randomUUID().repeat(3)
  const bad = [
    '.'.repeat(1_000_000),
    'a'.repeat(1_000_000),
    '.'.repeat(16_000),
    `${header}.${Buffer.from('['.repeat(11_000)).toString('base64url')}.x`,
    `${header}.${encode({ ...claims, filling: 'x'.repeat(11_000) })}.${signature}`,
    `${header}.${encode({ ...claims, aud: Array(2000).fill('x') })}.${signature}`,
    `${encode({ alg: 'HS256', filling: 'x'.repeat(11_000) })}.${encode(claims)}.x`,
    await makeAccessToken(rogue, { claims: { aud: Array(2000).fill('x') } }),
  ]
  for (const token of bad) {
    await judge(token)
    const before = process.cpuUsage()
    for (let each = 0; each < 10; each += 1) {
      expect(await judge(token)).toMatchObject({ outcome: 'rejected', code: 'invalid_token' })
    }
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 10 / 1000).toBeLessThan(5)
  }
})
