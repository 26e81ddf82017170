// What the tests of sessions share: a clock to turn, a browser's cookies, an issuer that counts, settings.

import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { SessionSettings } from '../../../src/config/config.ts'
import { Secret } from '../../../src/crypto/secret.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import { createCookieJar } from '../../../src/http/cookies.ts'
import { createSessions, type SessionsOptions } from '../../../src/sessions/createSessions.ts'
import type { RefreshResult, Session, SignIn } from '../../../src/sessions/session.ts'
import type { FoundSession, Sessions } from '../../../src/sessions/sessions.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { startRedis, type RedisServer } from '../../support/redis.ts'

export const jar = createCookieJar('https://app.example.com')
export const aKey = new Secret('first-key-of-the-tests-0123456789abcdef')
export const anotherKey = new Secret('second-key-of-the-tests-0123456789abcdef')

export class FakeClock {
  #now = 1_800_000_000

  now(): number {
    return this.#now
  }

  advance(seconds: number): void {
    this.#now += seconds
  }
}

export interface SettingsInput {
  readonly store?: SessionSettings['store']
  readonly redis?: RedisServer
  readonly redisUrl?: string
  readonly redisPassword?: string
  /** Long by default, so that a busy machine fails no test. */
  readonly commandTimeoutMs?: number
  readonly keys?: readonly Secret[]
  readonly idleMs?: number
  readonly lifetimeMs?: number
  readonly maxSessions?: number
  readonly nearCacheSessions?: number
  readonly onIssuerOutage?: SessionSettings['onIssuerOutage']
}

export function aSettings(input: SettingsInput = {}): SessionSettings {
  const url = input.redisUrl ?? input.redis?.url
  return {
    store: input.store ?? 'memory',
    memory: { maxSessions: input.maxSessions ?? 1000 },
    nearCache: { maxSessions: input.nearCacheSessions ?? 1000 },
    keys: input.keys ?? [aKey],
    idleTimeout: input.idleMs ?? 30 * 60_000,
    lifetime: input.lifetimeMs ?? 12 * 3_600_000,
    onIssuerOutage: input.onIssuerOutage ?? 'refuse',
    ...(url === undefined ? {} : { redis: aRedisSettings(url, input) }),
  }
}

function aRedisSettings(url: string, input: SettingsInput) {
  const { redis, redisPassword, commandTimeoutMs = 5000 } = input
  return {
    url,
    commandTimeout: commandTimeoutMs,
    keyPrefix: 'postern:',
    ...(redis?.caFile === undefined ? {} : { tls: { ca: redis.caFile } }),
    ...(redisPassword === undefined ? {} : { password: new Secret(redisPassword) }),
  }
}

export interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly sentence: string
}

export function aLog() {
  const lines: LogLine[] = []
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, sentence: string) =>
    void lines.push({ level, fields, sentence })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** An issuer's token endpoint: answers what `answer` says, and counts. */
export class FakeIssuer {
  calls: Session[] = []
  answer: (session: Session) => RefreshResult | Promise<RefreshResult>

  constructor(answer: FakeIssuer['answer']) {
    this.answer = answer
  }

  refresh = async (session: Session): Promise<RefreshResult> => {
    this.calls.push(session)
    return this.answer(session)
  }
}

export interface ReplicaInput extends SettingsInput {
  readonly clock?: SessionsOptions['clock']
  readonly issuer?: FakeIssuer
}

export interface Replica extends Sessions {
  readonly log: ReturnType<typeof aLog>
  readonly metrics: Metrics
  /** Ids that `onEnded` was called with. */
  readonly endedIds: string[]
  /** What tests said on the channel of ended sessions, and this replica heard. */
  readonly greetings: ReadonlySet<string>
  /** `find`, whichever way it answers. */
  lookUp(cookies: string | undefined): Promise<FoundSession | undefined>
}

const greetingMark = 'greeting '

/** One process of a gateway, as far as sessions go; closed with the test. */
export function startReplica(input: ReplicaInput = {}): Replica {
  const log = aLog()
  const metrics = createMetrics()
  const endedIds: string[] = []
  const greetings = new Set<string>()
  const issuer = input.issuer ?? new FakeIssuer(() => ({ outcome: 'unavailable', detail: 'none' }))
  const sessions = createSessions({
    settings: aSettings(input),
    jar,
    refreshTokens: issuer.refresh,
    isOfKnownIssuer: () => true,
    clock: input.clock ?? { now: () => Date.now() / 1000 },
    log,
    metrics,
    onEnded(id) {
      if (id.startsWith(greetingMark)) greetings.add(id)
      else endedIds.push(id)
    },
  })
  onTestFinished(() => sessions.close())
  return {
    ...sessions,
    log,
    metrics,
    endedIds,
    greetings,
    lookUp: async (cookies) => sessions.find(cookies),
  }
}

export async function startTestRedis(
  options: Parameters<typeof startRedis>[0] = {},
): Promise<RedisServer> {
  const redis = await startRedis(options)
  onTestFinished(() => redis.stop())
  return redis
}

/** A replica on Redis that is connected and hears the others. */
export async function startRedisReplica(
  redis: RedisServer,
  input: ReplicaInput = {},
): Promise<Replica> {
  const replica = startReplica({ ...input, store: 'redis', redis })
  const greeting = `${greetingMark}${randomUUID()}`
  await until(async () => {
    await redis.client.publish('postern:session-ended', greeting)
    return replica.isReady() && replica.greetings.has(greeting)
  })
  return replica
}

export function aSignIn(now: number, changes: Partial<SignIn> = {}): SignIn {
  return {
    issuer: 'https://issuer.example.com',
    subject: 'person-1',
    claims: { sub: 'person-1', email: 'person-1@example.com', groups: ['staff'] },
    tokens: {
      idToken: 'the-id-token',
      accessToken: 'the-access-token',
      accessTokenExpiresAt: now + 300,
      refreshToken: 'the-refresh-token',
      scopes: ['openid'],
    },
    ...changes,
  }
}

export function withoutRefreshToken(signIn: SignIn): SignIn {
  const { refreshToken: _, ...tokens } = signIn.tokens
  return { ...signIn, tokens }
}

/** Answers with new tokens, numbered. */
export function aRenewingIssuer(clock: { now(): number }, lifetimeSeconds = 300): FakeIssuer {
  const issuer: FakeIssuer = new FakeIssuer(() => {
    const count = issuer.calls.length
    const tokens = {
      idToken: `id-token-${count}`,
      accessToken: `access-token-${count}`,
      accessTokenExpiresAt: clock.now() + lifetimeSeconds,
      refreshToken: `refresh-token-${count}`,
      scopes: ['openid'],
    }
    const claims = { sub: 'person-1', groups: [`group-${count}`] }
    return { outcome: 'refreshed', signIn: aSignIn(clock.now(), { tokens, claims }) }
  })
  return issuer
}

/** The cookies that a browser holds. */
export class Browser {
  readonly cookies = new Map<string, string>()

  accept(setCookies: readonly string[]): this {
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      if (attributes.includes('Max-Age=0')) this.cookies.delete(pair.slice(0, at))
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return this
  }

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 5000) {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('the condition was not met in time')
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}

/** The code that a promise was refused with. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
  return 'accepted'
}

/** Signs in, and gives the browser that now holds the session. */
export async function signIn(
  sessions: Sessions,
  signIn: SignIn,
  browser: Browser = new Browser(),
): Promise<{ browser: Browser; session: Session }> {
  const opened = await sessions.open(signIn, 'genauth', browser.header)
  return { browser: browser.accept(opened.setCookies), session: opened.session }
}

export async function countEvents(metrics: Metrics, event: string): Promise<number> {
  const { values } = await metrics.sessions.get()
  return values.find(({ labels }) => labels.event === event)?.value ?? 0
}
