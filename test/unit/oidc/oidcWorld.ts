// A relying party of postern's beside an issuer, with a clock that can be turned and a log that can be read.

import { randomBytes } from 'node:crypto'
import type { SignInProvider } from '../../../src/config/config.ts'
import { Secret } from '../../../src/crypto/secret.ts'
import { GatewayError } from '../../../src/errors/gatewayError.ts'
import {
  createRelyingParty,
  type BackgroundRelyingParty,
} from '../../../src/oidc/login/createRelyingParty.ts'
import type { LoginSecrets } from '../../../src/oidc/login/loginSecrets.ts'
import type { Session, SignIn, TokenSet } from '../../../src/sessions/session.ts'
import type { Log } from '../../../src/telemetry/log.ts'
import type { Clock } from '../../../src/time.ts'
import { startRogueIssuer, type RogueIssuer } from '../../support/rogueIssuer.ts'

export const redirectUri = 'http://127.0.0.1/.postern/callback'

export function aProvider(issuer: string, overrides: Partial<SignInProvider> = {}): SignInProvider {
  return {
    id: 'main',
    issuer,
    clientId: 'postern',
    clientSecret: new Secret('postern-secret'),
    responseType: 'code',
    scopes: ['openid', 'profile'],
    authorizationParameters: {},
    claims: { groups: 'groups', roles: 'roles' },
    scopeWildcards: false,
    ...overrides,
  }
}

export interface TurnableClock extends Clock {
  forward(seconds: number): void
}

export function createTurnableClock(): TurnableClock {
  let ahead = 0
  return {
    now: () => Date.now() / 1000 + ahead,
    forward(seconds) {
      ahead += seconds
    },
  }
}

export interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly sentence: string
}

export interface RecordedLog extends Log {
  readonly lines: LogLine[]
}

export function createRecordedLog(): RecordedLog {
  const lines: LogLine[] = []
  const write =
    (level: string): Log['info'] =>
    (fields, sentence) =>
      void lines.push({ level, fields, sentence })
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
}

export function randomSecrets(): LoginSecrets {
  return { state: randomText(), nonce: randomText(), codeVerifier: randomText() }
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}

export interface PartyOptions {
  readonly provider?: Partial<SignInProvider>
  readonly neededClaims?: readonly string[]
  readonly allowHttp?: boolean
}

export function createParty(issuer: string, options: PartyOptions = {}): PartyWorld {
  const clock = createTurnableClock()
  const log = createRecordedLog()
  const party = createRelyingParty({
    provider: aProvider(issuer, options.provider),
    clockSkew: 30_000,
    allowHttp: options.allowHttp ?? true,
    neededClaims: options.neededClaims ?? [],
    clock,
    log,
  })
  return { party, clock, log }
}

export interface PartyWorld {
  readonly party: BackgroundRelyingParty
  readonly clock: TurnableClock
  readonly log: RecordedLog
}

export interface RogueWorld extends PartyWorld, AsyncDisposable {
  readonly rogue: RogueIssuer
  readonly secrets: LoginSecrets
  /** An authorization response of this login; undefined leaves a parameter out. */
  response(overrides?: Record<string, string | undefined>): URLSearchParams
  redeem(overrides?: Record<string, string | undefined>): Promise<SignIn>
}

export async function startRogueWorld(options: PartyOptions = {}): Promise<RogueWorld> {
  const rogue = await startRogueIssuer()
  const world = createParty(rogue.issuer, options)
  const secrets = randomSecrets()
  rogue.nonce = secrets.nonce
  const response: RogueWorld['response'] = (overrides = {}) => {
    const parameters = new URLSearchParams()
    const all = { code: 'the-code', state: secrets.state, ...overrides }
    for (const [name, value] of Object.entries(all)) {
      if (value !== undefined) parameters.set(name, value)
    }
    return parameters
  }
  return {
    ...world,
    rogue,
    secrets,
    response,
    redeem: (overrides) => world.party.redeem(response(overrides), secrets, redirectUri),
    async [Symbol.asyncDispose]() {
      world.party.stop()
      await rogue.stop()
    },
  }
}

export function aSession(signIn: SignIn, tokens: Partial<TokenSet> = {}): Session {
  const now = Date.now() / 1000
  return {
    id: 'session-1',
    providerId: 'main',
    issuer: signIn.issuer,
    subject: signIn.subject,
    claims: signIn.claims,
    tokens: { ...signIn.tokens, ...tokens },
    createdAt: now,
    endsAt: now + 3600,
  }
}

/** The refusal that a login ended with. Fails where a SignIn came out, or anything but a refusal. */
export async function refusalOf(login: Promise<unknown>): Promise<GatewayError> {
  const outcome: unknown = await login.then(
    (value) => ({ signedIn: value }),
    (error: unknown) => error,
  )
  if (outcome instanceof GatewayError) return outcome
  throw new Error('expected a refusal', { cause: outcome })
}
