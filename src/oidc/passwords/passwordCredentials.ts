// A user name and a password that come with every request, for old clients that know HTTP Basic alone: the issuer is asked
// once for many of them, through the same counters as any form. What is remembered is named by a keyed hash of both.

import type { PasswordConfig } from '../../config/schema/password.ts'
import type { RefusalCode } from '../../errors/catalogue.ts'
import { GatewayError } from '../../errors/gatewayError.ts'
import type { AuthenticationResult, Principal } from '../../request.ts'
import type { SignIn } from '../../sessions/session.ts'
import type { Clock, EpochSeconds } from '../../time.ts'
import { createExpiringMap } from '../../expiringMap.ts'
import type { AttemptLimit } from '../clientCredentials/attemptLimit.ts'
import {
  createCredentialCache,
  type CredentialAnswer,
  type CredentialVerdict,
} from '../clientCredentials/credentialCache.ts'
import { createCredentialHash } from '../clientCredentials/credentialHash.ts'
import type { PasswordAttempt, RefusedSignIn, SignInWithPassword } from './passwordSignIn.ts'

export interface PasswordCredentialsOptions {
  readonly provider: {
    readonly id: string
    readonly scopes: readonly string[]
    readonly password: PasswordConfig
  }
  readonly signInWithPassword: SignInWithPassword
  readonly clock: Clock
}

type BroughtPassword = Omit<PasswordAttempt, 'providerId' | 'scopes' | 'isProven'>

/**
 * A promise only where nothing is known. Rejects with `invalid_credentials`, `account_locked`, `password_expired`,
 * `mfa_required`.
 *
 * @throws GatewayError `too_many_attempts`, `issuer_unavailable`, `login_misconfigured`
 */
export type AuthenticatePassword = (
  brought: BroughtPassword,
) => AuthenticationResult | Promise<AuthenticationResult>

type Verdict = CredentialVerdict<AuthenticationResult>
type Answer = CredentialAnswer<AuthenticationResult>

/** What is true of an account for a while, whoever asks and how often. */
const lasting: ReadonlyMap<string, RefusalCode> = new Map([
  ['account_locked', 'account_locked'],
  ['password_expired', 'password_expired'],
  ['mfa_required', 'mfa_required'],
])

/** Says nothing of these credentials, and is not remembered. */
const passing: ReadonlyMap<string, RefusalCode> = new Map([
  ['throttled', 'too_many_attempts'],
  ['rate_limited', 'too_many_attempts'],
  ['unavailable', 'issuer_unavailable'],
  ['misconfigured', 'login_misconfigured'],
])

// Because the core counts, for all ways in together.
const countedElsewhere: Pick<AttemptLimit, 'begin' | 'end'> = {
  begin: () => undefined,
  end: () => {},
}

const maxProven = 10_000
const provenSeconds = 86_400

export function createPasswordCredentials({
  provider,
  signInWithPassword,
  clock,
}: PasswordCredentialsOptions): AuthenticatePassword {
  const { cacheTime, negativeCacheTime } = provider.password
  const attempts = countedElsewhere
  const cache = createCredentialCache<AuthenticationResult>({ clock, attempts, negativeCacheTime })
  const hash = createCredentialHash()
  // OpenID Connect Core 1.0 §11. Because nobody would use the refresh token, and no logout would end it.
  const scopes = provider.scopes.filter((scope) => scope !== 'offline_access')

  // Threat: who guesses at an account would keep out the programs that have long been let in with it.
  const proven = createExpiringMap<true>(maxProven, clock)

  async function ask(brought: BroughtPassword, credentials: string): Promise<Verdict> {
    const askedAt = clock.now()
    const isProven = proven.find(credentials) === true
    const attempt = { ...brought, providerId: provider.id, scopes, isProven }
    const result = await signInWithPassword(attempt, (signIn) => ({ signIn, session: undefined }))
    if (result.outcome === 'refused') {
      if (result.reason === 'wrong_credentials') proven.delete(credentials)
      return toVerdict(result)
    }
    proven.save(credentials, true, askedAt + provenSeconds)
    const { signIn } = result.opened
    const latest = askedAt + cacheTime / 1000
    const endsAt = signIn.tokens.accessTokenExpiresAt ?? latest
    const value = toAuthenticated(signIn, provider.id, endsAt)
    return { outcome: 'granted', value, until: Math.min(latest, endsAt) }
  }

  return (brought) => {
    const { username, password } = brought
    const credentials = hash(provider.id, username, password.reveal())
    const known = cache.find(credentials)
    if (known !== undefined) return toResult(known)
    const keys = { account: hash(provider.id, username), credentials, request: credentials }
    return cache.obtain(keys, () => ask(brought, credentials)).then(toResult)
  }
}

/** @throws GatewayError for what passes */
function toVerdict({ reason, detail, retryAfterSeconds }: RefusedSignIn): Verdict {
  if (reason === 'wrong_credentials') return { outcome: 'wrong_credentials', detail }
  const code = passing.get(reason)
  if (code === undefined) {
    return { outcome: 'refused', errorCode: reason, detail, provesCredentials: false }
  }
  const options = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  throw new GatewayError(code, detail, options)
}

function toResult(answer: Answer): AuthenticationResult {
  if (answer.outcome === 'granted') return answer.value
  if (answer.outcome === 'refused') {
    const code = lasting.get(answer.errorCode) ?? 'invalid_credentials'
    return { outcome: 'rejected', code, detail: answer.detail }
  }
  const detail = answer.outcome === 'wrong_credentials' ? answer.detail : 'too many at once'
  return { outcome: 'rejected', code: 'invalid_credentials', detail }
}

function toAuthenticated(
  { issuer, subject, claims, tokens }: SignIn,
  providerId: string,
  endsAt: EpochSeconds,
): AuthenticationResult {
  const { scopes, accessToken } = tokens
  const who = { providerId, issuer, subject, claims, scopes, endsAt }
  const principal: Principal = { kind: 'person', ...who }
  return { outcome: 'authenticated', principal, setCookies: [], accessToken }
}
