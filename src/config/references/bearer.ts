// What bearer tokens need: a client where the issuer is asked, and on each route one provider that a token
// can be for.

import type { Finding, SettingPath } from '../problems/problem.ts'
import { isForSignIn } from '../routes/providerUses.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findClientCredentialsProblems } from './clientCredentials.ts'
import { findBasicPasswordProblems } from './password.ts'
import { findRepeats } from './repeats.ts'

/** What a provider lacks for what it is to do. */
export function findUseProblems(provider: ProviderConfig, path: SettingPath): Finding[] {
  const { clientId, clientSecret, signIn, bearer, clientCredentials } = provider
  const at = [...path, 'clientId']
  if (clientId === undefined) {
    if (signIn === true) return [{ path: at, message: 'required, because people sign in here.' }]
    if (clientSecret !== undefined) return [{ path: at, message: 'required with a clientSecret.' }]
    if (bearer === undefined && clientCredentials === undefined) {
      const message =
        'required; only a provider with `bearer` or `clientCredentials` can be without.'
      return [{ path: at, message }]
    }
  }
  // RFC 7662 §2.1: whoever asks has to prove who it is.
  if (bearer === undefined || bearer.validation === 'jwt') return []
  if (clientId !== undefined && clientSecret !== undefined) return []
  const message = `${bearer.validation} needs a clientId and a clientSecret to ask the issuer with.`
  return [{ path: [...path, 'bearer', 'validation'], message }]
}

/** Where a route has a way in that none of its providers serves, or cannot tell them apart. */
export function findWayProblems(
  route: RouteConfig,
  path: SettingPath,
  config: UnresolvedConfig,
): Finding[] {
  if (route.access === 'public') return []
  const providers = config.providers.filter(({ id }) => route.providers?.includes(id) ?? true)
  // Because a name that nothing has is a problem of its own, and the likely cause.
  if (providers.length < (route.providers?.length ?? 0)) return []
  const at = [...path, 'authenticate']
  const problems = [
    ...findClientCredentialsProblems(route, path, providers),
    ...findBasicPasswordProblems(route, path, providers),
  ]
  if (route.authenticate.includes('session') && !providers.some(isMeantForSignIn)) {
    const message = 'session needs a provider that people sign in at: one with a clientId.'
    problems.push({ path: at, message })
  }
  if (route.authenticate.includes('password') && !providers.some(isMeantForPassword)) {
    const message = 'password needs a provider with `password` settings, which people sign in at.'
    problems.push({ path: at, message })
  }
  if (!route.authenticate.includes('bearer')) return problems
  return [...problems, ...findChoiceProblems(providers, at)]
}

// Because a clientId that is merely missing is a problem of its own.
function isMeantForSignIn(provider: ProviderConfig): boolean {
  const { bearer, clientCredentials, signIn } = provider
  const isForMachines = bearer !== undefined || clientCredentials !== undefined
  return isForSignIn(provider) || (!isForMachines && signIn !== false)
}

function isMeantForPassword(provider: ProviderConfig): boolean {
  return provider.password !== undefined && isMeantForSignIn(provider)
}

// Threat: a token that is judged by either of two policies passes by the weaker one, and an opaque one would
// have to be shown to issuers that it is not for.
function findChoiceProblems(all: readonly ProviderConfig[], path: SettingPath): Finding[] {
  const providers = all.filter(({ bearer }) => bearer !== undefined)
  if (providers.length === 0) {
    return [{ path, message: 'bearer needs a provider with `bearer` settings.' }]
  }
  const asked = providers.filter(({ bearer }) => bearer?.validation === 'introspection')
  const problems = findRepeats(providers.map(({ issuer }) => issuer)).map(({ index, first }) => ({
    path,
    message: `${providers[first]!.id} and ${providers[index]!.id} are one issuer; name one of them in providers.`,
  }))
  if (asked.length < 2) return problems
  const ids = asked.map(({ id }) => id).join(', ')
  const message = `an opaque token does not say who issued it; name one of ${ids} in providers.`
  return [...problems, { path, message }]
}
