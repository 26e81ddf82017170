// Builds the relying party for one configured provider: its discovery, its keys, and what is asked of them.

import type { SignInProvider } from '../../config/config.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Clock, Milliseconds } from '../../time.ts'
import { toAuthorizationUrl } from './authorizationRequest.ts'
import type { RelyingPartyContext } from './context.ts'
import { createCallLimit } from '../issuer/callLimit.ts'
import { createDiscovery, type Discovery } from '../issuer/discovery.ts'
import { toEndSessionUrl } from './endSession.ts'
import { IssuerUnavailable } from '../issuer/faults.ts'
import { createIssuerFetch } from '../issuer/issuerFetch.ts'
import { createIssuerKeys } from '../issuer/keys.ts'
import { signIn, toLoginError } from './login.ts'
import { signInWithPassword } from '../passwords/passwordGrant.ts'
import { refreshSession } from './refresh.ts'
import type { RelyingParty } from './relyingParty.ts'

export interface RelyingPartyOptions {
  readonly provider: SignInProvider
  readonly clockSkew: Milliseconds
  /** `insecure.allowHttpIssuer`. */
  readonly allowHttp: boolean
  /** Names of the claims that routes and headers read, as configured: userinfo is asked where one is missing. */
  readonly neededClaims: readonly string[]
  readonly clock: Clock
  readonly log: Log
}

export interface BackgroundRelyingParty extends RelyingParty {
  /** Begins to read the issuer's metadata, and keeps reading them. */
  start(): void
  stop(): void
}

export function createRelyingParty(options: RelyingPartyOptions): BackgroundRelyingParty {
  const { provider } = options
  const context = createContext(options)
  const { discovery } = context
  return {
    provider,
    get isReady() {
      return discovery.current() !== undefined
    },
    async createAuthorizationUrl(secrets, redirectUri) {
      try {
        return await toAuthorizationUrl(await discovery.demand(), provider, secrets, redirectUri)
      } catch (error) {
        throw toLoginError(error, provider.id)
      }
    },
    redeem: (parameters, secrets, redirectUri) => signIn(context, parameters, secrets, redirectUri),
    signInWithPassword: (credentials) => signInWithPassword(context, credentials),
    refresh: (session) => refreshSession(context, session),
    createEndSessionUrl(idToken, returnTo) {
      const issuer = discovery.current()
      return issuer === undefined ? undefined : toEndSessionUrl(issuer, idToken, returnTo)
    },
    start: () => discovery.start(),
    stop: () => discovery.stop(),
  }
}

const maxPasswordCalls = 64
const maxPasswordsWaiting = 256

function createContext(options: RelyingPartyOptions): RelyingPartyContext {
  const { provider, clock, log, neededClaims, clockSkew } = options
  const fetch = createIssuerFetch({ allowHttp: options.allowHttp })
  const discovery = createDiscovery({ provider, fetch, clock, log })
  const { issuer, clientId, clientSecret } = provider
  const jwksUri = (): string => currentJwksUri(discovery)
  const keys = createIssuerKeys({ issuer, jwksUri, fetch, clock, log })
  return {
    provider,
    discovery,
    fetch,
    neededClaims,
    clock,
    log,
    passwordCalls: createCallLimit(maxPasswordCalls, maxPasswordsWaiting),
    idTokenPolicy: ({ algorithms }) => ({
      issuer,
      clientId,
      clientSecret,
      algorithms,
      keys,
      clockSkew,
    }),
  }
}

function currentJwksUri(discovery: Discovery): string {
  const issuer = discovery.current()
  if (issuer === undefined) throw new IssuerUnavailable('the metadata have not been read')
  return issuer.metadata.jwks_uri
}
