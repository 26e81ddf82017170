// A person's user name and password as a way in, by HTTP Basic (RFC 7617), for old clients that are no browsers. Hot: one
// that is known costs a hash and a look-up.

import type { Config } from '../config/config.ts'
import { findFormProvider } from '../config/routes/formProvider.ts'
import { isForPassword } from '../config/routes/providerUses.ts'
import {
  createPasswordCredentials,
  type AuthenticatePassword,
} from '../oidc/passwords/passwordCredentials.ts'
import type { SignInWithPassword } from '../oidc/passwords/passwordSignIn.ts'
import type { AuthenticationResult, RoutedRequest } from '../request.ts'
import type { Clock } from '../time.ts'
import { findBasicCredentials } from './basicCredentials.ts'
import { checkOwnSiteOfBrowser } from './ownSite.ts'
import type { WayIn } from './wayIn.ts'

const noCredentials: AuthenticationResult = { outcome: 'no_credentials' }

export interface BasicPasswordOptions {
  readonly config: Pick<Config, 'publicUrl' | 'providers'>
  /** Undefined where no provider takes passwords: then no route has this way in. */
  readonly signInWithPassword: SignInWithPassword | undefined
  readonly clock: Clock
}

/** @throws GatewayError `origin_not_allowed`, and what {@link AuthenticatePassword} throws */
export function createBasicPasswordWay(options: BasicPasswordOptions): WayIn {
  const { config, signInWithPassword, clock } = options
  const byProvider = new Map<string, AuthenticatePassword>()
  for (const provider of config.providers.filter(isForPassword)) {
    if (signInWithPassword === undefined) continue
    byProvider.set(provider.id, createPasswordCredentials({ provider, signInWithPassword, clock }))
  }

  const ofRoutes: AuthenticatePassword[] = []

  function findFor(route: RoutedRequest['route']): AuthenticatePassword {
    const found = byProvider.get(findFormProvider({}, route, config.providers))
    if (found === undefined) throw new Error(`route ${route.name} has nobody who takes passwords`)
    return (ofRoutes[route.index] ??= found)
  }

  return (routed) => {
    const { received, route } = routed
    const credentials = findBasicCredentials(received.fields)
    if (credentials === undefined) return noCredentials
    if ('fault' in credentials) {
      return { outcome: 'rejected', code: 'credentials_malformed', detail: credentials.fault }
    }
    checkOwnSiteOfBrowser(routed, config.publicUrl)
    const authenticate = ofRoutes[route.index] ?? findFor(route)
    return authenticate({
      username: credentials.userId,
      password: credentials.password,
      clientAddress: received.client.address,
      requestId: received.record.id,
    })
  }
}
