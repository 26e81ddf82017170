// What the password grant needs, and the warning that whoever turns it on is to read.

import { listFormProviders } from '../routes/formProvider.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import { isForPassword } from '../routes/providerUses.ts'
import type { UnresolvedConfig } from '../schema.ts'
import type { ProviderConfig } from '../schema/provider.ts'
import type { RouteConfig } from '../schema/route.ts'
import { findTakenParameters } from './parameters.ts'

/** Parameters that Postern sets for each token request. */
const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'grant_type',
  'password',
  'scope',
  'username',
])

export function findPasswordProblems(provider: ProviderConfig, path: SettingPath): Finding[] {
  if (provider.password === undefined) return []
  const { parameters } = provider.password
  const problems = findTakenParameters(parameters, ownParameters, [...path, 'parameters'])
  if (provider.signIn === false) {
    problems.push({ path, message: 'people sign in with it. Remove signIn: false, or this.' })
  }
  return problems
}

export function findPasswordWarnings({ providers, routes }: UnresolvedConfig): Finding[] {
  const isUsed = routes.some(
    ({ authenticate, signInForm }) =>
      authenticate.some((way) => way === 'password' || way === 'basic-password') ||
      signInForm !== undefined,
  )
  return providers.flatMap((provider, index) => {
    if (!isForPassword(provider)) return []
    const path = ['providers', index, 'password']
    const message =
      'the password grant: this gateway sees the passwords of people, and no second factor protects them. RFC 9700 §2.4 says that it MUST NOT be used. For applications that cannot do otherwise.'
    const unused = {
      path,
      message: 'no route has it under authenticate, and none has a signInForm.',
    }
    const warning: Finding = { path, message, pointsAt: 'key' }
    return isUsed ? [warning] : [warning, { ...unused, pointsAt: 'key' }]
  })
}

/** Where a route takes passwords by HTTP Basic. @param providers - Those that count on it. */
export function findBasicPasswordProblems(
  route: RouteConfig,
  path: SettingPath,
  providers: readonly ProviderConfig[],
): Finding[] {
  if (!route.authenticate.includes('basic-password')) return []
  const at = [...path, 'authenticate']
  const problems: Finding[] = []
  const ids = listFormProviders({}, route, providers)
  if (ids.length === 0) {
    const message = 'basic-password needs a provider with `password` settings.'
    problems.push({ path: at, message })
  } else if (ids.length > 1) {
    const message = `a user name does not say whose it is; name one of ${ids.join(', ')} in providers.`
    problems.push({ path: at, message })
  }
  if (route.authenticate.includes('client-credentials')) {
    const message = 'Basic holds either a password or a client secret. Remove one of the two.'
    problems.push({ path: at, message })
  }
  if (route.bearerMethods?.basic === true) {
    const message = 'Basic holds either a password or a token. Remove one of the two.'
    problems.push({ path: [...path, 'bearerMethods', 'basic'], message })
  }
  if (route.forwardAuthorization) {
    const message = 'the application would get the passwords of people. Remove one of the two.'
    problems.push({ path: [...path, 'forwardAuthorization'], message })
  }
  return problems
}

export function findBasicPasswordWarnings({ routes }: UnresolvedConfig): Finding[] {
  return routes.flatMap(({ authenticate }, index) => {
    if (!authenticate.includes('basic-password')) return []
    const message =
      'basic-password: a password of a person comes with every request, and programs keep it. For old programs that cannot do otherwise; give others client credentials or an access token.'
    return [{ path: ['routes', index, 'authenticate'], message }]
  })
}
